/**
 * Whether a live API stands behind this page, and how to start one when none does.
 *
 * The server says so in the `Server-Timing` header of the page itself (`nexus-api;desc="/"`), so nothing is asked for
 * to find out. https://www.w3.org/TR/server-timing/
 */

/** What a reader types to get a live API. */
export const START_COMMAND = "python scripts/nexus.py serve";

/** Where that command serves, unless told otherwise. */
export const START_ADDRESS = "http://localhost:8000";

/**
 * The address that API paths are appended to, without a slash at its end; null where only recordings can be shown.
 * @returns {string | null}
 */
export function liveApi() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const timing = navigation?.serverTiming?.find((entry) => entry.name === "nexus-api");
  return timing ? new URL(timing.description || "/", location.origin).href.replace(/\/$/, "") : null;
}
