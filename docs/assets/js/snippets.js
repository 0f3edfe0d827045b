/**
 * A request as text for other programs. The build writes the same words for the request as printed (hub/snippets.py); a
 * test compares the two.
 */

/**
 * @typedef {import("./request.js").HttpRequest} HttpRequest
 * @typedef {[string, string]} Header
 * @typedef {(request: HttpRequest, base: string, needsToken: boolean) => string} Write a function of a request, the
 *   address before its path, and whether a token belongs to it
 */

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")|([{[])|([}\]])|(,)|(:)|[^\s{}[\],:"]+/g;

/**
 * For a POSIX shell.
 * @type {Write}
 */
export function asCurl(request, base, needsToken) {
  const method = request.method === "GET" ? "" : request.method === "HEAD" ? "--head " : `-X ${request.method} `;
  const verbatim = /[[\]{}]/.test(request.target) ? "--globoff " : "";
  const parts = [`curl -i ${method}${verbatim}${quoted(base + request.target)}`];
  parts.push(...withToken(request, needsToken).map((header) => `-H ${quoted(headerLine(header))}`));
  if (request.body) {
    parts.push(`--data-raw ${quoted(request.body)}`);
  }
  return parts.join(" \\\n  ");
}

/**
 * For a POSIX shell with HTTPie 3. https://httpie.io/docs/cli
 * @type {Write}
 */
export function asHttpie(request, base, needsToken) {
  const parts = [`http ${request.method} ${quoted(base + request.target)}`];
  parts.push(...withToken(request, needsToken).map((header) => quoted(headerLine(header))));
  if (request.body) {
    parts.push(`--raw ${quoted(request.body)}`);
  }
  return parts.join(" \\\n  ");
}

/**
 * A JavaScript module.
 * @type {Write}
 */
export function asFetch(request, base, needsToken) {
  const options = [`  method: ${JSON.stringify(request.method)},`];
  const headers = merged(withToken(request, needsToken));
  if (headers.length) {
    const lines = headers.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
    options.push("  headers: {", ...lines, "  },");
  }
  if (request.body) {
    const value = laidOut(request.body, {}, "  ");
    options.push(`  body: ${value === null ? JSON.stringify(request.body) : `JSON.stringify(${value})`},`);
  }
  return [
    `const response = await fetch(${JSON.stringify(base + request.target)}, {`,
    ...options,
    "});",
    "console.log(response.status, await response.text());",
  ].join("\n");
}

/**
 * With requests. https://requests.readthedocs.io/
 * @type {Write}
 */
export function asPython(request, base, needsToken) {
  const lines = [`    ${JSON.stringify(base + request.target)},`];
  const headers = merged(withToken(request, needsToken));
  if (headers.length) {
    const pairs = headers.map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
    lines.push("    headers={", ...pairs, "    },");
  }
  if (request.body) {
    const value = laidOut(request.body, { true: "True", false: "False", null: "None" }, "    ");
    lines.push(value === null ? `    data=${JSON.stringify(request.body)}.encode(),` : `    json=${value},`);
  }
  return [
    "import requests",
    "",
    `response = requests.${request.method.toLowerCase()}(`,
    ...lines,
    "    timeout=10,",
    ")",
    "print(response.status_code, response.text)",
  ].join("\n");
}

/**
 * The tabs beside the request, by name.
 * @type {Record<string, Write>}
 */
export const SNIPPETS = { curl: asCurl, httpie: asHttpie, javascript: asFetch, python: asPython };

// Parts ----------------------------------------------------------------------------------------------------------------

/**
 * The headers, with a place for a token where one belongs and none stands there yet.
 * @param {HttpRequest} request
 * @param {boolean} needsToken
 * @returns {Header[]}
 */
function withToken(request, needsToken) {
  const hasOne = request.headers.some(([name]) => name.toLowerCase() === "authorization");
  return needsToken && !hasOne ? [...request.headers, ["Authorization", "Bearer YOUR_TOKEN"]] : request.headers;
}

/**
 * One value a name (RFC 9110, section 5.3): a mapping holds no name twice.
 * @param {Header[]} headers
 * @returns {Header[]}
 */
function merged(headers) {
  /** @type {Map<string, Header>} */
  const found = new Map();
  for (const [name, value] of headers) {
    const first = found.get(name.toLowerCase());
    found.set(name.toLowerCase(), first ? [first[0], `${first[1]}, ${value}`] : [name, value]);
  }
  return [...found.values()];
}

/**
 * As curl and HTTPie read it: a semicolon stands for an empty value, which a colon would remove.
 * @param {Header} header
 */
function headerLine([name, value]) {
  return value ? `${name}: ${value}` : `${name};`;
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * JSON text with a line a member, in the words of another language; null for what is no JSON. Numbers stay as they were
 * written: no language's own idea of them gets in between.
 * @param {string} source
 * @param {Record<string, string>} words
 * @param {string} indent
 */
function laidOut(source, words, indent) {
  try {
    JSON.parse(source);
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  let wasOpened = false;
  for (const [token, string, opening, closing, comma, colon] of source.matchAll(JSON_TOKEN)) {
    depth -= closing ? 1 : 0;
    if (wasOpened !== Boolean(closing)) {
      out += `\n${indent.repeat(depth + 1)}`; // the first member, or what closes behind the last
    }
    out += string ? JSON.stringify(JSON.parse(string)) : (words[token] ?? token);
    out += comma ? `\n${indent.repeat(depth + 1)}` : colon ? " " : "";
    depth += opening ? 1 : 0;
    wasOpened = Boolean(opening);
  }
  return out;
}
