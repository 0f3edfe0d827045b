/** Text to coloured HTML, with the classes that the build gives the same text (hub/render.py). */

import { isDocument } from "./request.js";

/** @param {string} text */
export function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * @param {string} kind a class name
 * @param {string} text
 */
function span(kind, text) {
  return `<span class="${kind}">${escapeHtml(text)}</span>`;
}

const JSON_TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/**
 * Colours JSON, or anything that nearly is: what a reader is still typing stays readable.
 * @param {string} text
 */
export function colourJson(text) {
  let html = "";
  let end = 0;
  for (const found of text.matchAll(JSON_TOKEN)) {
    const [token, string, colon, word] = found;
    html += escapeHtml(text.slice(end, found.index));
    if (string) {
      html += span(colon ? "nt" : "s2", string) + (colon ?? "");
    } else {
      html += span(word ? "kc" : "mi", token);
    }
    end = found.index + token.length;
  }
  return html + escapeHtml(text.slice(end));
}

/** @param {string} line */
export function colourHeader(line) {
  const colon = line.indexOf(":");
  return colon < 0 ? escapeHtml(line) : `${span("nx-name", line.slice(0, colon))}:${span("nx-value", line.slice(colon + 1))}`;
}

const GRAPHQL_TOKEN =
  /("(?:\\.|[^"\\\n])*"|#[^\n]*)|(\$\w+|@\w+)|\b(query|mutation|subscription|fragment|on|true|false|null)\b|(-?\b\d+(?:\.\d+)?\b)/g;

/**
 * A GraphQL document and its variables.
 * @param {string} text
 */
function colourDocument(text) {
  let html = "";
  let end = 0;
  for (const found of text.matchAll(GRAPHQL_TOKEN)) {
    const [token, quoted, variable, word] = found;
    const kind = quoted ? (token.startsWith("#") ? "c1" : "s2") : variable ? "nv" : word ? "k" : "mi";
    html += escapeHtml(text.slice(end, found.index)) + span(kind, token);
    end = found.index + token.length;
  }
  return html + escapeHtml(text.slice(end));
}

/** @param {string} text */
export function colourRequest(text) {
  if (isDocument(text)) {
    return colourDocument(text);
  }
  const blank = text.indexOf("\n\n");
  const head = blank < 0 ? text : text.slice(0, blank);
  const [first, ...headers] = head.split("\n");
  const [, method, space, target] = /^(\S*)(\s*)(.*)$/.exec(first) ?? ["", "", "", first];
  const lines = [span("nx-method", method) + space + colourTarget(target), ...headers.map(colourHeader)];
  return lines.join("\n") + (blank < 0 ? "" : colourJson(text.slice(blank)));
}

/** @param {string} target */
function colourTarget(target) {
  const mark = target.indexOf("?");
  if (mark < 0) {
    return span("nx-path", target);
  }
  const pairs = target.slice(mark + 1).split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? span("nx-name", pair) : `${span("nx-name", pair.slice(0, equals))}=${span("nx-value", pair.slice(equals + 1))}`;
  });
  return `${span("nx-path", target.slice(0, mark))}?${pairs.join("&amp;")}`;
}

/**
 * What is quoted stands out.
 * @param {string} name of a tab: for a shell, or a program
 * @param {string} text
 */
export function colourSnippet(name, text) {
  const string = ["curl", "httpie"].includes(name) ? /('(?:[^']|'\\'')*')/ : /("(?:[^"\\]|\\.)*")/;
  return text.split(string).map((part, n) => (n % 2 ? span("s2", part) : escapeHtml(part))).join("");
}
