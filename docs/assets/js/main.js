/**
 * The handbook's scripts. The theme swaps pages without loading them anew, and announces each page, the first one
 * included, on `document$`.
 */

import { mountCells } from "./cells.js";
import { mountConsoles } from "./chain.js";
import { mountGraphiql } from "./graphiql.js";
import { beginOffline, mountOffline } from "./offline.js";
import { mountSwagger } from "./swagger.js";

function mountPage() {
  mountConsoles(document);
  mountCells(document);
  mountSwagger(document);
  mountGraphiql(document);
  mountOffline(document);
}

const pages = /** @type {{document$?: {subscribe(next: () => void): void}}} */ (/** @type {unknown} */ (window)).document$;
if (pages) {
  pages.subscribe(mountPage);
} else {
  mountPage();
}

beginOffline();
