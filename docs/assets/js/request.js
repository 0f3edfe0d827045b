/** Requests as text, the way a reader edits them. */

/**
 * @typedef {object} HttpRequest
 * @property {string} method
 * @property {string} target path and query, from the first slash on
 * @property {[string, string][]} headers
 * @property {string} body empty for none
 */

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
