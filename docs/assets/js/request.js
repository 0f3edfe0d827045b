/** Requests as text, the way a reader edits them. */

/**
 * @typedef {object} HttpRequest
 * @property {string} method
 * @property {string} target path and query, from the first slash on
 * @property {[string, string][]} headers
 * @property {string} body empty for none
 */

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/** How a GraphQL document begins (hub/blocks/document.py). */
const DOCUMENT = /^\s*(#|\{|(query|mutation|subscription|fragment)\b)/;

/** @param {string} text */
export function isDocument(text) {
  return DOCUMENT.test(text);
}

/**
 * Reads a request line, headers, a blank line and a body; or a GraphQL document, with its variables below it.
 * @param {string} text
 * @returns {HttpRequest}
 * @throws {SyntaxError} with a sentence that says what to write
 */
export function parseRequest(text) {
  if (isDocument(text)) {
    return graphqlRequest(text.trim().replaceAll("\r\n", "\n"));
  }
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
 * @param {string} text
 * @returns {HttpRequest}
 */
function graphqlRequest(text) {
  const blank = text.lastIndexOf("\n\n");
  const variables = blank < 0 ? undefined : jsonObject(text.slice(blank));
  const query = (variables ? text.slice(0, blank) : text).trim();
  const body = JSON.stringify(variables ? { query, variables } : { query }, null, 2);
  return { method: "POST", target: "/graphql/", headers: [["Content-Type", "application/json"]], body };
}

/**
 * @param {string} text
 * @returns {object | undefined}
 */
function jsonObject(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
