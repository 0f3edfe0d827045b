/** SQL as a person reads it: a line for each clause, and the classes that the build gives it (hub/render.py). */

import { escapeHtml } from "./colour.js";

/** A string, a quoted name, a comment or a word, a number, a sign, or white space; at least one character. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_$]*|\d+(?:\.\d+)?|\s+|[<>=!]+|[^]/g;

const KEYWORDS = new Set(
  `ALL AND AS ASC BEGIN BETWEEN BY CASE CAST COLLATE CONFLICT COUNT CROSS DEFERRED DELETE DESC DISTINCT DO ELSE END
  ESCAPE EXISTS EXPLAIN FALSE FROM GROUP HAVING ILIKE IN INNER INSERT INTO IS ISNULL JOIN LEFT LIKE LIMIT NOT NULL
  OFFSET ON OR ORDER OUTER OVER PARTITION PLAN RECURSIVE RELEASE RETURNING ROLLBACK SAVEPOINT SELECT SET THEN TO TRUE
  UNION UPDATE VALUES WHEN WHERE WITH`.split(/\s+/),
);
const CLAUSES = new Set(["FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SET", "VALUES", "RETURNING", "UNION"]);
const JOINS = new Set(["LEFT", "INNER", "CROSS", "JOIN"]);
const WIDTH = 40; // characters after which a list goes on in the next line

/**
 * The statement with a line for each clause, indented by its parentheses, without the quotes around plain names.
 * @param {string} sql
 */
export function tidySql(sql) {
  const layout = new Layout();
  for (const token of tokens(sql)) {
    layout.add(token);
  }
  return layout.lines.map((line) => line.trimEnd()).join("\n");
}

class Layout {
  lines = [""];
  /** The column at which the current statement, or the one inside these parentheses, starts. */
  starts = [0];
  word = "";

  /** @param {string} token */
  add(token) {
    const word = token.toUpperCase();
    if (this.startsClause(word)) {
      this.newLine(this.start);
    } else if (word === "AND" || word === "OR") {
      this.newLine(this.start + 2);
    } else if (word === "SELECT" && this.last.trimEnd().endsWith("(")) {
      this.starts[this.starts.length - 1] = this.last.trimEnd().length;
    }
    const isFirstSpace = token === " " && !this.last.trim();
    this.last += isFirstSpace ? "" : token;
    if (token === "(") {
      this.starts.push(this.start);
    } else if (token === ")" && this.starts.length > 1) {
      this.starts.pop();
    } else if (token === "," && this.last.length - this.start > WIDTH) {
      this.newLine(this.start + 7);
    }
    this.word = token === " " ? this.word : word;
  }

  /** @param {string} word */
  startsClause(word) {
    const goesOn = word === "JOIN" && ["LEFT", "OUTER", "INNER", "CROSS"].includes(this.word);
    const isPart = word === "FROM" && this.word === "DISTINCT";
    return (CLAUSES.has(word) || JOINS.has(word)) && !goesOn && !isPart && Boolean(this.last.trim());
  }

  get start() {
    return this.starts[this.starts.length - 1];
  }

  get last() {
    return this.lines[this.lines.length - 1];
  }

  set last(line) {
    this.lines[this.lines.length - 1] = line;
  }

  /** @param {number} column */
  newLine(column) {
    this.lines.push(" ".repeat(column));
  }
}

/** @param {string} sql */
export function colourSql(sql) {
  return sql.replace(TOKEN, (token) => {
    const kind = kindOf(token);
    return kind ? `<span class="${kind}">${escapeHtml(token)}</span>` : escapeHtml(token);
  });
}

/** @param {string} token */
function kindOf(token) {
  if (token.startsWith("'")) {
    return "s1";
  }
  if (/^\d/.test(token)) {
    return "mi";
  }
  if (/^[A-Za-z_"]/.test(token)) {
    return KEYWORDS.has(token.toUpperCase()) ? "k" : "n";
  }
  return /^[<>=!*+/%|-]/.test(token) ? "o" : "";
}

/**
 * @param {string} sql
 * @returns {string[]}
 */
function tokens(sql) {
  const found = sql.trim().match(TOKEN) ?? [];
  return found.map((token) => (/^\s/.test(token) ? " " : token.replace(/^"([a-z_][a-z0-9_]*)"$/, "$1")));
}
