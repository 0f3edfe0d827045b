/**
 * Who answers: the API in this page, or a server. One `send` for consoles and Swagger UI, whoever it is.
 */

import { liveApi } from "./live.js";
import { pageApi } from "./page-api/client.js";
import { SITE } from "./site.js";

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} url absolute
 * @property {[string, string][]} headers
 * @property {Uint8Array} [body]
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} reason
 * @property {[string, string][]} headers
 * @property {Uint8Array} body
 * @property {number} milliseconds in the page: what the API took; from a server: until the answer was there
 * @property {import("./page-api/client.js").Trace | null} trace the SQL that ran, where it is known
 */

/** The target that is no server. */
export const THIS_PAGE = "page";

/** Milliseconds before a request to a server counts as failed. */
export const PATIENCE = 20_000;

const KEY = `nexus:target:${SITE.pathname}`; // other projects of one owner may share this origin
const SEED_PICTURES = new URL("media/products/seed/", SITE).href; // files of the site, whoever answers

/** Tells "change" when the reader chose another target. */
export const targets = new EventTarget();

/** @type {string | null} */
let chosen = null;

/** @returns {string} THIS_PAGE, or the address of a server, without a slash at its end */
export function target() {
  return chosen ?? remembered() ?? liveApi() ?? THIS_PAGE;
}

export function isThisPage() {
  return target() === THIS_PAGE;
}

/** The address that API paths are appended to, without a slash at its end. */
export function base() {
  return isThisPage() ? SITE.href.replace(/\/$/, "") : target();
}

/** @param {string} value THIS_PAGE or a server's address */
export function choose(value) {
  chosen = value === THIS_PAGE ? value : serverAddress(value);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  targets.dispatchEvent(new Event("change"));
}

/** @returns {string | null} */
function remembered() {
  try {
    const value = localStorage.getItem(KEY);
    return value === null || value === THIS_PAGE ? value : serverAddress(value);
  } catch {
    return null; // blocked storage, or a value that is not ours
  }
}

/**
 * The address in one form. Only this origin and this machine may be asked: the page's content-security policy says so.
 * @param {string} text
 * @throws {SyntaxError} with a sentence that says what to write
 */
export function serverAddress(text) {
  const value = text.trim();
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  const isOwn = url?.origin === location.origin;
  if (!url || !/^https?:$/.test(url.protocol) || !(isOwn || ["localhost", "127.0.0.1"].includes(url.hostname))) {
    throw new SyntaxError(`Write an address on your own machine, such as http://localhost:8000.`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

// Sending --------------------------------------------------------------------------------------------------------------

/**
 * Sends a request to the target. In this page it boots the API first, where that has not happened.
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export async function send(request, signal) {
  if (!isThisPage() || isSeedPicture(request)) {
    return overNetwork(request, signal);
  }
  const stop = () => pageApi.stop();
  signal?.addEventListener("abort", stop);
  try {
    return await pageApi.request(request);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** @param {Request} request */
function isSeedPicture({ method, url }) {
  return method === "GET" && url.startsWith(SEED_PICTURES);
}

/**
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
async function overNetwork({ method, url, headers, body }, signal) {
  const patience = AbortSignal.timeout(PATIENCE);
  const started = performance.now();
  const response = await fetch(url, {
    method,
    headers,
    body: body?.length ? /** @type {BodyInit} */ (body) : undefined,
    cache: "no-store",
    credentials: "omit",
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  const content = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    reason: response.statusText,
    headers: [...response.headers],
    body: content,
    milliseconds: performance.now() - started,
    trace: null,
  };
}

/**
 * @param {Answer} answer
 * @param {string} name
 * @returns {string} empty for none
 */
export function header(answer, name) {
  return answer.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1] ?? "";
}
