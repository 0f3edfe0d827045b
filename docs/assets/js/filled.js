/**
 * The pieces of a request that earlier answers give, as `{{header.ETag}}` in the page's source does. The build fills
 * them with recorded values and marks them (hub/blocks/placeholders.py); here they move along while the reader edits,
 * and take the values of the answers that came here.
 */

import { escapeHtml } from "./colour.js";
import { isDocument } from "./request.js";
import { header } from "./target.js";

/**
 * @typedef {import("./target.js").Answer} Answer
 *
 * @typedef {object} Piece
 * @property {string} from such as `1.header.ETag`: in the first answer of the chain, its header ETag
 * @property {string} title where the value comes from, in words
 * @property {number} start
 * @property {number} end
 */

/**
 * The pieces that the build marked.
 * @param {HTMLElement} code
 * @returns {Piece[]}
 */
export function piecesIn(code) {
  /** @type {Piece[]} */
  const pieces = [];
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (code.querySelectorAll("mark[data-from]"))) {
    const range = document.createRange();
    range.setStart(code, 0);
    range.setEndBefore(mark);
    const start = range.toString().length;
    const end = start + (mark.textContent ?? "").length;
    const last = pieces.at(-1);
    if (last?.end === start && last.from === mark.dataset.from) {
      last.end = end; // one value in two colours
    } else {
      pieces.push({ from: mark.dataset.from ?? "", title: mark.title, start, end });
    }
  }
  return pieces;
}

/**
 * The pieces after an edit. One that was edited is the reader's own from then on.
 * @param {Piece[]} pieces
 * @param {string} before
 * @param {string} after
 * @returns {Piece[]}
 */
export function moved(pieces, before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) {
    start++;
  }
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) {
    tail++;
  }
  const end = before.length - tail;
  const by = after.length - before.length;
  return pieces
    .filter((piece) => piece.end <= start || piece.start >= end)
    .map((piece) => (piece.start >= end && by ? { ...piece, start: piece.start + by, end: piece.end + by } : piece));
}

/**
 * The request with the values of these answers, and the pieces where they stand now.
 * @param {string} text
 * @param {Piece[]} pieces
 * @param {Answer[]} answers of the requests above in the chain
 * @param {string} base the address before the path of every address in an answer
 * @returns {[string, Piece[]]}
 * @throws {SyntaxError} when an answer has no such value
 */
export function filled(text, pieces, answers, base) {
  let out = "";
  let end = 0;
  const placed = pieces.map((piece) => {
    const [, number, where, name] = /** @type {string[]} */ (/^(\d+)\.(header|body)\.(.+)$/s.exec(piece.from));
    const answer = answers[Number(number) - 1];
    const value = where === "header" ? header(answer, name) || undefined : member(answer, name);
    if (value === undefined) {
      const status = `${answer.status} ${answer.reason}`.trim();
      throw new SyntaxError(`This request needs ${piece.title}, and that answer, ${status}, has none.`);
    }
    out += text.slice(end, piece.start);
    const start = out.length;
    out += written(value, text, piece, base);
    end = piece.end;
    return { ...piece, start, end: out.length };
  });
  return [out + text.slice(end), placed];
}

/**
 * @param {Answer} answer
 * @param {string} name parts joined by points
 * @returns {unknown}
 */
function member(answer, name) {
  try {
    let value = JSON.parse(new TextDecoder().decode(answer.body));
    for (const part of name.split(".")) {
      value = Object.hasOwn(Object(value), part) && typeof value === "object" ? value[part] : undefined;
    }
    return value;
  } catch {
    return undefined;
  }
}

/**
 * The value as it is written at this place: in a JSON body as JSON, in the request line encoded, a whole address there as
 * its path.
 * @param {unknown} value
 * @param {string} text
 * @param {Piece} piece
 * @param {string} base
 */
function written(value, text, { start, end }, base) {
  const blank = text.indexOf("\n\n");
  if (blank >= 0 && start > blank && (isDocument(text) || /^content-type:\s*\S*json/im.test(text.slice(0, blank)))) {
    const json = JSON.stringify(value);
    return typeof value === "string" ? json.slice(1, -1) : json;
  }
  const plain = (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/[\r\n]+/g, " ");
  if (text.slice(0, start).includes("\n")) {
    return plain;
  }
  const isAll = text[start - 1] === " " && (text[end] ?? "\n") === "\n";
  return isAll ? plain.slice(plain.startsWith(base) ? base.length : 0) : encodeURIComponent(plain);
}

/**
 * Coloured text with a mark around each piece.
 * @param {string} html
 * @param {Piece[]} pieces
 */
export function marked(html, pieces) {
  let out = "";
  let at = 0;
  /** @type {Piece | undefined} */
  let open;
  for (const [token] of html.matchAll(/<[^>]*>|&[^;\s]+;|[^<&]|&/g)) {
    const isTag = token.startsWith("<");
    const inside = pieces.find((piece) => piece.start <= at && at < piece.end);
    if (open && (inside !== open || isTag)) {
      out += "</mark>";
      open = undefined;
    }
    if (inside && !open && !isTag) {
      out += `<mark class="nx-filled" data-from="${escapeHtml(inside.from)}" title="${escapeHtml(inside.title)}">`;
      open = inside;
    }
    out += token;
    at += isTag ? 0 : 1; // without the flag u, a token of text is one unit, as in a string's length
  }
  return out + (open ? "</mark>" : "");
}
