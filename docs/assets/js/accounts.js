/** Tokens of the demo accounts, kept for as long as the page lives and nowhere else. */

import { pageApi } from "./page-api/client.js";
import { base, send, targets } from "./target.js";

/** @type {Map<string, string>} */
const tokens = new Map();

// A token is a row in the database that made it: none outlives that database.
pageApi.addEventListener("state", () => pageApi.state === "loading" && tokens.clear());
pageApi.addEventListener("reset", () => tokens.clear());
targets.addEventListener("change", () => tokens.clear());

/** @param {string} username */
export function forgetToken(username) {
  tokens.delete(username);
}

/**
 * A token of the account, signed in for once.
 * @param {string} username
 * @param {string} password
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 */
export async function token(username, password, signal) {
  const known = tokens.get(username);
  if (known) {
    return known;
  }
  const request = {
    method: "POST",
    url: `${base()}/api/v1/auth/sign-in/`,
    headers: /** @type {[string, string][]} */ ([["Content-Type", "application/json"]]),
    body: new TextEncoder().encode(JSON.stringify({ username, password })),
  };
  const answer = await send(request, signal);
  if (answer.status !== 200) {
    throw new Error(`Signing in as ${username} was answered with ${answer.status}. Are the demo accounts seeded?`);
  }
  const fresh = /** @type {string} */ (JSON.parse(new TextDecoder().decode(answer.body)).token);
  tokens.set(username, fresh);
  return fresh;
}
