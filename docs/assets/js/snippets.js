/** A request as text for other programs. */

/** @typedef {import("./request.js").HttpRequest} HttpRequest */

/**
 * What the copy menu offers, in its order. Each function takes a request, the address before its path, and whether a
 * token belongs to it.
 * @type {[string, (request: HttpRequest, base: string, needsToken: boolean) => string][]}
 */
export const SNIPPETS = [
  ["curl", asCurl],
  ["HTTPie", asHttpie],
  ["JavaScript fetch", asFetch],
  ["Python", asPython],
];

/**
 * For a POSIX shell.
 * @type {(request: HttpRequest, base: string, needsToken: boolean) => string}
 */
export function asCurl(request, base, needsToken) {
  const method = request.method === "GET" ? "" : request.method === "HEAD" ? "--head " : `-X ${request.method} `;
  const parts = [`curl -i ${method}${quoted(base + request.target)}`];
  parts.push(...withToken(request, needsToken).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
  if (request.body) {
    parts.push(`--data-raw ${quoted(request.body)}`);
  }
  return parts.join(" \\\n  ");
}

/**
 * For a POSIX shell with HTTPie 3. https://httpie.io/docs/cli
 * @type {(request: HttpRequest, base: string, needsToken: boolean) => string}
 */
export function asHttpie(request, base, needsToken) {
  const parts = [`http ${request.method} ${quoted(base + request.target)}`];
  parts.push(...withToken(request, needsToken).map(([name, value]) => quoted(`${name}:${value}`)));
  if (request.body) {
    parts.push(`--raw ${quoted(request.body)}`);
  }
  return parts.join(" \\\n  ");
}

/** @type {(request: HttpRequest, base: string, needsToken: boolean) => string} */
export function asFetch(request, base, needsToken) {
  const options = [`  method: ${JSON.stringify(request.method)},`];
  const headers = withToken(request, needsToken);
  if (headers.length) {
    const lines = headers.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
    options.push("  headers: {", ...lines, "  },");
  }
  if (request.body) {
    const value = json(request.body);
    const text = value === undefined ? JSON.stringify(request.body) : `JSON.stringify(${indented(JSON.stringify(value, null, 2))})`;
    options.push(`  body: ${text},`);
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
 * @type {(request: HttpRequest, base: string, needsToken: boolean) => string}
 */
export function asPython(request, base, needsToken) {
  const lines = [`    ${JSON.stringify(base + request.target)},`];
  const headers = withToken(request, needsToken);
  if (headers.length) {
    const pairs = headers.map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
    lines.push("    headers={", ...pairs, "    },");
  }
  if (request.body) {
    const value = json(request.body);
    lines.push(value === undefined ? `    data=${JSON.stringify(request.body)}.encode(),` : `    json=${literal(value)},`);
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

// Parts ----------------------------------------------------------------------------------------------------------------

/**
 * @param {HttpRequest} request
 * @param {boolean} needsToken
 * @returns {[string, string][]}
 */
function withToken(request, needsToken) {
  return needsToken ? [...request.headers, ["Authorization", "Bearer YOUR_TOKEN"]] : request.headers;
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @param {string} text */
function indented(text) {
  return text.replaceAll("\n", "\n  ");
}

/**
 * The value of JSON text; undefined for other text.
 * @param {string} text
 */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A JSON value as Python writes it.
 * @param {any} value
 * @returns {string}
 */
function literal(value) {
  if (Array.isArray(value)) {
    return `[${value.map(literal).join(", ")}]`;
  }
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item)}`).join(", ")}}`;
  }
  const words = new Map([[true, "True"], [false, "False"], [null, "None"]]);
  return words.get(value) ?? JSON.stringify(value);
}
