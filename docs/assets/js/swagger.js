/**
 * Swagger UI inside the handbook, from files the site serves itself. It takes its scheme from the page, and sends
 * requests only where a live API serves the page.
 */

import { START_ADDRESS, START_COMMAND, liveApi } from "./live.js";

const SITE = new URL("../../", import.meta.url);
const FILES = new URL("assets/vendor/swagger-ui/", SITE);

/** @param {ParentNode} page */
export function mountSwagger(page) {
  const place = /** @type {HTMLElement | null} */ (page.querySelector(".nx-swagger:not([data-mounted])"));
  if (place) {
    place.dataset.mounted = "";
    void show(place);
  }
}

/** @param {HTMLElement} place */
async function show(place) {
  const base = liveApi();
  const ui = document.createElement("div");
  const note = document.createElement("p");
  note.className = "nx-swagger__note";
  note.innerHTML = base ? liveNote() : recordedNote();
  try {
    await Promise.all([stylesheet(place), script()]);
  } catch {
    place.prepend("Swagger UI could not be loaded. ");
    return;
  }
  place.replaceChildren(...place.querySelectorAll("link"), note, ui);
  place.dataset.live = base ? "yes" : "no";
  followScheme();
  /** @type {any} */ (window).SwaggerUIBundle({
    domNode: ui,
    url: new URL(place.dataset.spec ?? "", SITE).href,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    supportedSubmitMethods: base ? undefined : [],
    tryItOutEnabled: false,
    validatorUrl: null,
  });
}

function liveNote() {
  return `Requests go to <code>${location.origin}</code>, the server that gave you this page. For writes, run
    <b>Sign in</b> as <code>demo-staff</code> with <code>demo-staff-password</code>, then paste the token under
    <b>Authorize</b>.`;
}

function recordedNote() {
  return `No API answers at this address, so <b>Try it out</b> is off. Start one with <code>${START_COMMAND}</code> and
    open <a href="${START_ADDRESS}/demo-api/try-it/">${START_ADDRESS.replace("http://", "")}/demo-api/try-it/</a>.`;
}

// Files ----------------------------------------------------------------------------------------------------------------

/**
 * Puts the stylesheet into the page's own part, so that it leaves with it.
 * @param {HTMLElement} place
 */
function stylesheet(place) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("swagger-ui.css", FILES).href;
    link.onload = resolve;
    link.onerror = reject;
    place.prepend(link);
  });
}

/** @type {Promise<unknown> | undefined} */
let loading;

function script() {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL("swagger-ui-bundle.js", FILES).href;
    element.onload = resolve;
    element.onerror = (error) => {
      loading = undefined; // so that coming back tries again
      reject(error);
    };
    document.head.append(element);
  });
  return loading;
}

// Light and dark -------------------------------------------------------------------------------------------------------

let following = false;

/** Swagger UI is dark under `html.dark-mode`; the theme writes its scheme on the body. */
function followScheme() {
  const apply = () =>
    document.documentElement.classList.toggle("dark-mode", document.body.dataset.mdColorScheme === "slate");
  apply();
  if (!following) {
    following = true;
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }
}
