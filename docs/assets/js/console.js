/**
 * The console. The build prints a request and its recorded answer as HTML (hub/render.py); this module adds what needs
 * a browser: *Copy as curl* everywhere, and, where a live API serves the page, an editable request with *Run*.
 *
 * States (`data-state`): recorded, running, answered, failed.
 */

import { forgetToken, token } from "./accounts.js";
import { colourHeader, colourJson, colourRequest, escapeHtml } from "./colour.js";
import { addButton, addTo, block, statusBadge } from "./elements.js";
import { START_ADDRESS, START_COMMAND, liveApi } from "./live.js";
import { PATIENCE, asCurl, parseRequest } from "./request.js";

/** @typedef {"recorded" | "running" | "answered" | "failed"} State */

const RUN_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ Enter" : "Ctrl+Enter";

/** @param {ParentNode} page */
export function mountConsoles(page) {
  for (const element of page.querySelectorAll(".nx-console[data-account]:not([data-state])")) {
    new Console(/** @type {HTMLElement} */ (element));
  }
}

class Console {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.base = liveApi();
    this.source = /** @type {HTMLElement} */ (element.querySelector(".nx-console__source"));
    this.printed = /** @type {HTMLElement} */ (this.source.querySelector("code")).textContent ?? "";
    this.answer = /** @type {HTMLElement} */ (element.querySelector(".nx-console__answer"));
    this.recorded = this.answer.innerHTML;
    /** @type {HTMLTextAreaElement | null} */
    this.editor = null;
    this.said = addTo(element, "span", "nx-said", "");
    this.said.setAttribute("role", "status");
    this.setState("recorded");
    this.addActions();
    if (this.base) {
      this.addEditor();
    } else {
      addTo(this.answer, "p", "nx-console__hint", `Run it against your own copy: <code>${START_COMMAND}</code>`);
    }
  }

  /** @param {State} state */
  setState(state) {
    this.element.dataset.state = state;
    const busy = state === "running";
    this.answer.setAttribute("aria-busy", String(busy));
    if (this.runButton) {
      this.runButton.disabled = busy;
    }
    if (this.resetButton) {
      this.resetButton.hidden = state === "recorded" && this.text === this.printed;
    }
  }

  get text() {
    return this.editor ? this.editor.value : this.printed;
  }

  // What the reader can press ---------------------------------------------------------------------------------------

  addActions() {
    const bar = /** @type {HTMLElement} */ (this.element.querySelector(".nx-console__request .nx-console__bar"));
    const actions = addTo(bar, "span", "nx-console__actions", "");
    this.copyButton = addButton(actions, "nx-button nx-button--quiet", "Copy as curl", () => this.copy());
    if (this.base) {
      this.resetButton = addButton(actions, "nx-button nx-button--quiet", "Reset", () => this.reset());
      this.resetButton.hidden = true;
      this.runButton = addButton(actions, "nx-button nx-button--run", "Run", () => this.run());
      this.runButton.title = RUN_KEY;
    }
  }

  addEditor() {
    this.source.classList.add("nx-editor");
    const pre = /** @type {HTMLElement} */ (this.source.querySelector("pre"));
    pre.removeAttribute("tabindex");
    pre.setAttribute("aria-hidden", "true");
    const editor = document.createElement("textarea");
    editor.value = this.printed;
    editor.spellcheck = false;
    editor.autocapitalize = "off";
    editor.setAttribute("autocomplete", "off");
    editor.setAttribute("aria-label", `Request, editable; ${RUN_KEY} runs it`);
    editor.addEventListener("input", () => this.edited());
    editor.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the theme's one-letter shortcuts are not meant for text being typed
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.run();
      }
    });
    this.source.append(editor);
    this.editor = editor;
  }

  edited() {
    const code = /** @type {HTMLElement} */ (this.source.querySelector("code"));
    // The block behind the text area gives it its height; a line that ends in a newline needs one more to count.
    code.innerHTML = colourRequest(this.text) + (this.text.endsWith("\n") ? "\n" : "");
    this.setState(/** @type {State} */ (this.element.dataset.state));
  }

  reset() {
    if (this.editor) {
      this.editor.value = this.printed;
    }
    this.answer.innerHTML = this.recorded;
    this.setState("recorded");
    this.edited();
    this.say("The recorded answer is back.");
    this.editor?.focus();
  }

  async copy() {
    const button = /** @type {HTMLButtonElement} */ (this.copyButton);
    try {
      const command = asCurl(parseRequest(this.text), this.base ?? START_ADDRESS, Boolean(this.element.dataset.account));
      await navigator.clipboard.writeText(command);
      button.textContent = "Copied";
    } catch (error) {
      button.textContent = error instanceof SyntaxError ? "Not a request yet" : "The browser refused";
    }
    this.say(button.textContent);
    setTimeout(() => (button.textContent = "Copy as curl"), 2000);
  }

  // Running ---------------------------------------------------------------------------------------------------------

  async run() {
    if (this.element.dataset.state === "running") {
      return;
    }
    const before = this.answer.querySelector(".nx-status");
    this.setState("running");
    before?.replaceWith(statusBadge("", "running", ""));
    this.say("Running.");
    try {
      const started = performance.now();
      const response = await this.send();
      const content = await response.blob();
      await this.show(response, content, performance.now() - started);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @returns {Promise<Response>} */
  async send() {
    const request = parseRequest(this.text);
    const headers = new Headers(request.headers);
    const { username, password } = this.element.dataset;
    if (username && password && !headers.has("Authorization")) {
      headers.set("Authorization", `Bearer ${await token(`${this.base}`, username, password)}`);
    }
    const response = await fetch(`${this.base}${request.target}`, {
      method: request.method,
      headers,
      body: request.body || undefined,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 401 && username) {
      forgetToken(username); // it may have expired: the next run signs in again
    }
    return response;
  }

  /**
   * @param {Response} response
   * @param {Blob} content
   * @param {number} milliseconds
   */
  async show(response, content, milliseconds) {
    const queries = queryCount(response.headers);
    const took = `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
    const bar = /** @type {HTMLElement} */ (this.answer.querySelector(".nx-console__bar"));
    bar.replaceChildren(statusBadge(String(response.status), response.statusText, String(response.status)[0]));
    addTo(bar, "span", "nx-console__note", `answered now in ${took}${queries === null ? "" : `, ${plural(queries)}`}`);
    await this.fillBody(response, content);
    this.fillHeaders(response.headers);
    this.fillQueries(queries);
    this.setState("answered");
    this.say(`Answered ${response.status} ${response.statusText} in ${took}.`);
  }

  /**
   * @param {Response} response
   * @param {Blob} content
   */
  async fillBody(response, content) {
    const panel = this.panel("body");
    const type = (response.headers.get("Content-Type") ?? "").split(";")[0];
    if (!panel) {
      return;
    }
    if (!content.size) {
      panel.innerHTML = '<p class="nx-console__empty">The answer has no body.</p>';
    } else if (/[/+]json$/.test(type)) {
      panel.innerHTML = block(colourJson(JSON.stringify(JSON.parse(await content.text()), null, 2)));
    } else if (type.startsWith("text/") || type.includes("yaml")) {
      panel.innerHTML = block(escapeHtml(await content.text()));
    } else {
      panel.innerHTML = `<p class="nx-console__empty">${content.size.toLocaleString("en")} bytes of ${escapeHtml(type)}.</p>`;
    }
  }

  /** @param {Headers} headers */
  fillHeaders(headers) {
    const panel = this.panel("headers");
    const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
    if (panel) {
      panel.innerHTML = block(lines.map(colourHeader).join("\n"));
      this.count("headers", lines.length);
    }
  }

  /** @param {number | null} queries */
  fillQueries(queries) {
    const panel = this.panel("sql");
    if (!panel || queries === null) {
      return;
    }
    panel.querySelector(".nx-queries__note")?.remove();
    const note = document.createElement("p");
    note.className = "nx-console__empty nx-queries__note";
    note.textContent = `The live API counted ${plural(queries)}. Its text is recorded for the request as printed:`;
    panel.prepend(note);
    this.count("sql", queries);
  }

  /** @param {unknown} error */
  fail(error) {
    const message = failure(error);
    const bar = /** @type {HTMLElement} */ (this.answer.querySelector(".nx-console__bar"));
    bar.replaceChildren(statusBadge("", "no answer", "0"));
    addTo(bar, "span", "nx-console__note nx-console__note--failed", escapeHtml(message));
    this.setState("failed");
    this.say(message);
  }

  // Parts -----------------------------------------------------------------------------------------------------------

  /**
   * @param {string} name
   * @returns {HTMLElement | null}
   */
  panel(name) {
    return this.answer.querySelector(`[data-panel="${name}"]`);
  }

  /**
   * @param {string} name
   * @param {number} number
   */
  count(name, number) {
    const count = this.answer.querySelector(`label[for$="-${name}"] .nx-tabs__count`);
    if (count) {
      count.textContent = String(number);
    }
  }

  /** @param {string} sentence */
  say(sentence) {
    this.said.textContent = sentence;
  }
}

// Words -------------------------------------------------------------------------------------------------------------------

/** @param {unknown} error */
function failure(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `No answer within ${PATIENCE / 1000} seconds.`;
  }
  if (error instanceof TypeError) {
    return "The API cannot be reached. Is it still running?";
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * The number of queries a response says it ran (`Server-Timing: db;desc="2"`), or null when it does not say.
 * @param {Headers} headers
 */
function queryCount(headers) {
  const found = /\bdb;[^,]*desc="(\d+)"/.exec(headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

/** @param {number} queries */
function plural(queries) {
  return queries === 1 ? "1 query" : `${queries} queries`;
}
