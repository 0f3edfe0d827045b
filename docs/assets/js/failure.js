/** Why no answer came, in words that say what to do. */

import { START_COMMAND } from "./live.js";
import { PATIENCE, isThisPage, target } from "./target.js";

/** @param {unknown} error */
export function failure(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `No answer within ${PATIENCE / 1000} seconds.`;
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return "Stopped.";
  }
  if (error instanceof TypeError && !isThisPage()) {
    return target() === location.origin
      ? "The API cannot be reached. Is it still running?"
      : `No API answers at ${target()}, or it does not let this page ask (CORS_ALLOWED_ORIGINS). Start one with “${START_COMMAND}”.`;
  }
  return error instanceof Error ? error.message : String(error);
}
