/** Parts of an answer as HTML: body, pictures, headers, and the SQL with its plans. */

import { colourHeader, colourJson, escapeHtml } from "./colour.js";
import { addTo, block } from "./elements.js";
import { SITE } from "./site.js";
import { colourSql, tidySql } from "./sql.js";
import { header, send } from "./target.js";

/**
 * @typedef {import("./target.js").Answer} Answer
 * @typedef {import("./page-api/client.js").Query} Query
 * @typedef {import("./page-api/client.js").Trace} Trace
 */

const MOST_PICTURES = 24;
const SITE_PICTURES = new URL("media/products/seed/", SITE).href;

/** @param {Answer} answer */
export function mediaType(answer) {
  return header(answer, "Content-Type").split(";")[0].trim();
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** @param {number} queries */
export function plural(queries) {
  return queries === 1 ? "1 query" : `${queries} queries`;
}

// Body -----------------------------------------------------------------------------------------------------------------

/**
 * Fills an element with the body: JSON indented, text as it came, a picture as a picture, anything else by its size.
 * @param {HTMLElement} panel
 * @param {Answer} answer
 */
export function showBody(panel, answer) {
  forgetPictures(panel);
  panel.replaceChildren();
  const type = mediaType(answer);
  if (!answer.body.length) {
    addTo(panel, "p", "nx-console__empty", "The answer has no body.");
  } else if (/[/+]json$/.test(type)) {
    addPictures(panel, answer);
    const value = parsed(answer);
    const text = value === undefined ? textOf(answer) : JSON.stringify(value, null, 2);
    panel.insertAdjacentHTML("beforeend", block(colourJson(text)));
  } else if (type.startsWith("text/") || type.includes("yaml")) {
    panel.innerHTML = block(escapeHtml(textOf(answer)));
  } else if (type.startsWith("image/")) {
    const image = addTo(panel, "p", "nx-picture", "").appendChild(new Image());
    image.alt = `The picture that was answered, ${answer.body.length.toLocaleString("en")} bytes of ${type}`;
    image.src = blobAddress(answer);
  } else {
    const size = answer.body.length.toLocaleString("en");
    addTo(panel, "p", "nx-console__empty", `${size} bytes of ${escapeHtml(type || "unnamed type")}.`);
  }
}

/** @param {Answer} answer */
function textOf(answer) {
  return new TextDecoder().decode(answer.body);
}

/**
 * The JSON value of a body; undefined when it is none.
 * @param {Answer} answer
 * @returns {any}
 */
function parsed(answer) {
  try {
    return JSON.parse(textOf(answer));
  } catch {
    return undefined;
  }
}

// Pictures -------------------------------------------------------------------------------------------------------------

/**
 * A strip of the pictures that a JSON answer names in `image`; none, no strip.
 * @param {HTMLElement} panel
 * @param {Answer} answer
 */
export function addPictures(panel, answer) {
  const found = [...picturesIn(parsed(answer))];
  if (!found.length) {
    return;
  }
  const strip = addTo(panel, "div", "nx-pictures", "");
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "Pictures named in the answer");
  strip.tabIndex = 0; // it scrolls
  for (const { address, name } of found.slice(0, MOST_PICTURES)) {
    const image = strip.appendChild(new Image());
    image.alt = name;
    image.title = name;
    image.loading = "lazy";
    image.decoding = "async";
    void load(image, address);
  }
}

/**
 * @param {any} value
 * @returns {Generator<{address: string, name: string}>}
 */
function* picturesIn(value) {
  if (value === null || typeof value !== "object") {
    return;
  }
  if (typeof value.image === "string" && /^https?:/.test(value.image)) {
    yield { address: value.image, name: typeof value.name === "string" ? value.name : "" };
  }
  for (const part of Object.values(value)) {
    yield* picturesIn(part);
  }
}

/**
 * Shows a file of the site as it is, and asks whoever answers for any other.
 * @param {HTMLImageElement} image
 * @param {string} address
 */
async function load(image, address) {
  if (address.startsWith(SITE_PICTURES)) {
    image.src = address;
    return;
  }
  try {
    const answer = await send({ method: "GET", url: address, headers: [] });
    if (answer.status === 200 && image.isConnected) {
      image.src = blobAddress(answer);
    }
  } catch {
    image.title = `${image.alt} (could not be loaded)`;
  }
}

/** @param {Answer} answer */
function blobAddress(answer) {
  return URL.createObjectURL(new Blob([/** @type {BlobPart} */ (answer.body)], { type: mediaType(answer) }));
}

/**
 * Frees the pictures that an element shows.
 * @param {HTMLElement} panel
 */
export function forgetPictures(panel) {
  for (const image of panel.querySelectorAll("img")) {
    if (image.src.startsWith("blob:")) {
      URL.revokeObjectURL(image.src);
    }
  }
}

// Headers and SQL ------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} panel
 * @param {Answer} answer
 */
export function showHeaders(panel, answer) {
  panel.innerHTML = block(answer.headers.map(([name, value]) => colourHeader(`${name}: ${value}`)).join("\n"));
}

/**
 * Every statement with its time and its plan.
 * @param {HTMLElement} panel
 * @param {Trace} trace
 * @param {string} [none] what to say when there is no statement
 */
export function showQueries(panel, trace, none = "This request ran no SQL.") {
  panel.replaceChildren();
  if (!trace.count) {
    addTo(panel, "p", "nx-console__empty", none);
    return;
  }
  const cut = trace.count > trace.queries.length ? ` The first ${trace.queries.length} are shown.` : "";
  const sum = `${plural(trace.count)}, ${duration(trace.milliseconds)} in SQLite.${cut}`;
  addTo(panel, "p", "nx-console__empty nx-queries__note", sum);
  const list = addTo(panel, "ol", "nx-queries", "");
  for (const query of trace.queries) {
    addTo(list, "li", "", queryHtml(query));
  }
}

/** @param {Query} query */
function queryHtml({ sql, milliseconds, plan }) {
  const steps = plan.length ? `<b>Plan</b>${block(escapeHtml(plan.join("\n")))}` : "<b>No plan</b>";
  const took = milliseconds < 0.1 ? "under 0.1" : milliseconds.toFixed(1); // browsers count in tenths
  return `${block(colourSql(tidySql(sql)))}<div class="nx-plan">${steps}<span class="nx-plan__time">${took} ms</span></div>`;
}
