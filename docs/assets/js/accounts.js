/** Tokens of the demo accounts, kept for as long as the page lives and nowhere else. */

import { PATIENCE } from "./request.js";

/** @type {Map<string, string>} */
const tokens = new Map();

/** @param {string} username */
export function forgetToken(username) {
  tokens.delete(username);
}

/**
 * A token of the account, signed in for once.
 * @param {string} base
 * @param {string} username
 * @param {string} password
 * @returns {Promise<string>}
 */
export async function token(base, username, password) {
  const known = tokens.get(username);
  if (known) {
    return known;
  }
  const response = await fetch(`${base}/api/v1/auth/sign-in/`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, password }),
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) {
    throw new Error(`Signing in as ${username} was answered with ${response.status}. Are the demo accounts seeded?`);
  }
  const fresh = /** @type {string} */ ((await response.json()).token);
  tokens.set(username, fresh);
  return fresh;
}
