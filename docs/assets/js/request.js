/** Requests as text: what a reader edits, what `fetch` takes, and what a shell takes. */

/**
 * @typedef {object} HttpRequest
 * @property {string} method
 * @property {string} target path and query, from the first slash on
 * @property {[string, string][]} headers
 * @property {string} body empty for none
 */

/** Milliseconds before a request counts as failed. */
export const PATIENCE = 20_000;

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/**
 * Reads a request line, headers, a blank line and a body.
 * @param {string} text
 * @returns {HttpRequest}
 * @throws {SyntaxError} with a sentence that says what to write
 */
export function parseRequest(text) {
  const [head, ...rest] = text.trim().replaceAll("\r\n", "\n").split(/\n[ \t]*\n/);
  const [first, ...lines] = head.split("\n");
  const [method, target, ...more] = first.trim().split(/\s+/);
  if (!METHODS.includes(method)) {
    throw new SyntaxError(`The first line starts with a method, one of ${METHODS.join(", ")}.`);
  }
  if (!target?.startsWith("/") || target.startsWith("//") || more.length) {
    throw new SyntaxError("After the method comes one path of this service, such as /api/v1/products/.");
  }
  return { method, target, headers: lines.map(parseHeader), body: rest.join("\n\n").trim() };
}

/**
 * @param {string} line
 * @returns {[string, string]}
 */
function parseHeader(line) {
  const found = /^([A-Za-z0-9-]+):\s*(.*?)\s*$/.exec(line);
  if (!found) {
    throw new SyntaxError(`“${line}” is not a header. Write “Name: value”, and a blank line before the body.`);
  }
  return [found[1], found[2]];
}

/**
 * The request as a curl command for a POSIX shell.
 * @param {HttpRequest} request
 * @param {string} base
 * @param {boolean} needsToken
 * @returns {string}
 */
export function asCurl(request, base, needsToken) {
  const headers = [...request.headers];
  if (needsToken) {
    headers.push(["Authorization", "Bearer YOUR_TOKEN"]);
  }
  const parts = [`curl -i ${request.method === "GET" ? "" : `-X ${request.method} `}${quoted(base + request.target)}`];
  parts.push(...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
  if (request.body) {
    parts.push(`--data-raw ${quoted(request.body)}`);
  }
  return parts.join(" \\\n  ");
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
