/**
 * One program of a page: what the reader edits, and what it printed, gave, raised and asked.
 *
 * States (`data-state`): recorded, waiting, loading, running, answered, failed.
 */

import { duration, plural, showQueries } from "./answer.js";
import { BootBar } from "./boot-bar.js";
import { escapeHtml } from "./colour.js";
import { Editor } from "./editor.js";
import { addButton, addTo, block, failureBox, statusBadge } from "./elements.js";
import { pageApi } from "./page-api/client.js";
import { RUN_KEY } from "./textarea.js";

/**
 * @typedef {import("./page-api/client.js").CellResult} CellResult
 * @typedef {"recorded" | "waiting" | "loading" | "running" | "answered" | "failed"} State
 *
 * @typedef {object} Wishes what the reader can ask of the page from a cell
 * @property {() => void} run
 * @property {() => void} stop
 * @property {() => void} reset
 * @property {() => void} edited
 */

const HOW_TO_LEAVE = "Tab indents once you type. Escape, then Tab, leaves.";

export class Cell {
  /** What it printed while it ran, so far. */
  printed = "";
  #isShowing = false;

  /**
   * @param {HTMLElement} element
   * @param {Wishes} wishes
   */
  constructor(element, wishes) {
    this.element = element;
    this.number = Number(element.dataset.number);
    this.raises = element.dataset.raises ?? "";
    this.result = /** @type {HTMLElement} */ (element.querySelector(".nx-cell__result"));
    this.recorded = this.result.innerHTML;
    this.said = addTo(element, "span", "nx-said", "");
    this.said.setAttribute("role", "status");
    this.#addHead(wishes);
    this.keys = this.#addFoot(wishes);
    const source = /** @type {HTMLElement} */ (element.querySelector(".nx-cell__source"));
    const label = `Python program ${this.number}, editable; ${RUN_KEY} runs it`;
    this.editor = new Editor(source, label, this.keys.id, { ...wishes, say: (sentence) => this.say(sentence) });
    this.setState("recorded");
  }

  /** @param {Wishes} wishes */
  #addHead({ reset }) {
    const bar = /** @type {HTMLElement} */ (this.element.querySelector(".nx-console__request .nx-console__bar"));
    const actions = addTo(bar, "span", "nx-console__actions", "");
    this.resetButton = addButton(actions, "nx-button nx-button--quiet", "Reset", reset);
    this.resetButton.title = "All programs of this page and their results as printed, no names, the seeded catalogue";
  }

  /** @param {Wishes} wishes */
  #addFoot({ run, stop }) {
    const request = /** @type {HTMLElement} */ (this.element.querySelector(".nx-console__request"));
    const foot = addTo(request, "div", "nx-console__run", "");
    this.runButton = addButton(foot, "nx-button nx-button--run", "Run", run);
    this.runButton.title = RUN_KEY;
    this.stopButton = addButton(foot, "nx-button", "Stop", stop);
    this.before = addTo(foot, "span", "nx-cell__before", "");
    this.bar = new BootBar(addTo(foot, "div", "nx-target", ""));
    this.bar.promise = "then runs here";
    this.bar.show();
    const keys = addTo(foot, "span", "nx-cell__keys", HOW_TO_LEAVE);
    keys.id = `cell-${this.number}-keys`;
    return keys;
  }

  // State -----------------------------------------------------------------------------------------------------------

  /** @param {State} state */
  setState(state) {
    this.element.dataset.state = state;
    this.result.setAttribute("aria-busy", String(state === "running" || state === "loading"));
  }

  get isAsPrinted() {
    return this.element.dataset.state === "recorded" && this.editor.value === this.editor.printed;
  }

  /**
   * What the reader can press now.
   * @param {{isBusy: boolean, canReset: boolean, first: Cell[]}} page `first` are the cells that Run runs before this one
   */
  offer({ isBusy, canReset, first }) {
    const isMine = ["waiting", "loading", "running"].includes(this.element.dataset.state ?? "");
    /** @type {HTMLButtonElement} */ (this.runButton).disabled = isBusy;
    /** @type {HTMLButtonElement} */ (this.stopButton).hidden = !isBusy || !isMine;
    /** @type {HTMLButtonElement} */ (this.resetButton).hidden = isBusy || !canReset;
    /** @type {HTMLElement} */ (this.before).textContent = first.length && !isBusy ? `${running(first)} first.` : "";
  }

  /** The program and its result as printed. */
  restore() {
    this.editor.value = this.editor.printed;
    this.#showRecorded();
    this.setState("recorded");
  }

  #showRecorded() {
    const chosen = /** @type {HTMLInputElement | null} */ (this.result.querySelector("input:checked"))?.value;
    this.result.innerHTML = this.recorded;
    this.#panel(chosen ?? "output", (_, input) => (input.checked = true));
  }

  // Running ---------------------------------------------------------------------------------------------------------

  /** It will run after others. */
  wait() {
    this.#showStatus("", "waiting", "");
    this.setState("waiting");
  }

  /**
   * Runs the program and shows what it does.
   * @param {string} page
   * @param {AbortSignal} signal
   * @returns {Promise<CellResult>}
   */
  async run(page, signal) {
    const needsBoot = pageApi.state !== "ready";
    this.printed = "";
    delete this.element.dataset.heard;
    this.#begin(needsBoot ? "loading" : "running");
    this.say(needsBoot ? "Loading the API." : `Running program ${this.number}.`);
    const begin = () => pageApi.state === "ready" && this.#begin("running");
    pageApi.addEventListener("state", begin);
    try {
      const onOutput = (/** @type {string} */ text) => this.#print(text);
      const result = await pageApi.runCell(page, this.editor.value, { signal, onOutput });
      this.#show(result);
      return result;
    } finally {
      pageApi.removeEventListener("state", begin);
    }
  }

  /** @param {"loading" | "running"} state */
  #begin(state) {
    this.#showStatus("", state, "");
    this.setState(state);
  }

  /**
   * Shows what is printed while it runs, once a frame.
   * @param {string} text
   */
  #print(text) {
    this.printed += text;
    if (this.#isShowing) {
      return;
    }
    this.#isShowing = true;
    requestAnimationFrame(() => {
      this.#isShowing = false;
      if (this.element.dataset.state === "running") {
        this.element.dataset.heard = "";
        this.#panel("output", (panel) => showOutput(panel, this.printed));
      }
    });
  }

  /** @param {CellResult} result */
  #show(result) {
    const { error, trace } = result;
    const line = error?.line ? ` in line ${error.line}` : "";
    this.#showStatus(error ? error.type : "done", line, error ? "5" : "2");
    const figures = [`peak memory ${memory(result.peak_bytes)}`, duration(result.milliseconds), plural(trace.count)];
    addTo(this.#bar, "span", "nx-console__note", figures.join(", "));
    this.#panel("output", (panel) => showResult(panel, result));
    this.#panel("sql", (panel) => showQueries(panel, trace, "This program ran no SQL."));
    const count = this.result.querySelector("label[for$='-sql'] .nx-tabs__count");
    /** @type {HTMLElement} */ (count).textContent = String(trace.count);
    this.setState("answered");
    this.say(error ? `Program ${this.number} raised ${error.type}${line}.` : `Program ${this.number} is done. ${summary(result)}`);
  }

  /**
   * Says why there is no result, above what was printed until then or, when nothing was, above the recording.
   * @param {string} status
   * @param {string} sentence
   */
  fail(status, sentence) {
    if (this.printed) {
      this.#bar.replaceChildren();
      this.#panel("output", (panel) => showOutput(panel, this.printed));
    } else {
      this.#showRecorded();
    }
    const below = this.printed ? "what it printed before" : "a recording";
    this.result.prepend(failureBox(status, `${sentence} Below is ${below}.`));
    this.setState("failed");
    this.say(sentence);
  }

  // Parts -----------------------------------------------------------------------------------------------------------

  get #bar() {
    return /** @type {HTMLElement} */ (this.result.querySelector(".nx-console__bar"));
  }

  /**
   * @param {string} status
   * @param {string} reason
   * @param {string} kind
   */
  #showStatus(status, reason, kind) {
    this.result.querySelector(".nx-console__failure")?.remove();
    this.#bar.replaceChildren(statusBadge(escapeHtml(status), reason, kind));
  }

  /**
   * @param {string} name
   * @param {(panel: HTMLElement, input: HTMLInputElement) => void} act
   */
  #panel(name, act) {
    const panel = this.result.querySelector(`[data-panel="${name}"]`);
    const input = this.result.querySelector(`input[value="${name}"]`);
    act(/** @type {HTMLElement} */ (panel), /** @type {HTMLInputElement} */ (input));
  }

  /** @param {string} sentence */
  say(sentence) {
    this.said.textContent = sentence;
  }
}

// Results --------------------------------------------------------------------------------------------------------------

/**
 * @param {HTMLElement} panel
 * @param {string} text
 */
function showOutput(panel, text) {
  panel.innerHTML = `<div class="nx-cell__output">${block(escapeHtml(text))}</div>`;
  const scrolls = /** @type {HTMLElement} */ (panel.querySelector("code"));
  scrolls.scrollTop = scrolls.scrollHeight;
}

/**
 * As hub/render_cell.py prints it.
 * @param {HTMLElement} panel
 * @param {CellResult} result
 */
function showResult(panel, { output, value, error }) {
  panel.replaceChildren();
  if (output) {
    addTo(panel, "div", "nx-cell__output", block(escapeHtml(output)));
  }
  if (value) {
    addTo(panel, "div", "nx-cell__value", `<b>Value</b>${block(escapeHtml(value))}`);
  }
  if (error) {
    const end = error.traceback.lastIndexOf("\n") + 1;
    const [frames, message] = [error.traceback.slice(0, end), error.traceback.slice(end)];
    const html = `${escapeHtml(frames)}<span class="nx-cell__message">${escapeHtml(message)}</span>`;
    addTo(panel, "div", "nx-cell__error", block(html));
  }
  if (!panel.firstChild) {
    addTo(panel, "p", "nx-console__empty", "The program printed nothing, and its last line has no value.");
  }
}

/** @param {CellResult} result */
function summary({ value, output, trace }) {
  const short = value.length > 200 ? `${value.slice(0, 200)}…` : value;
  const lines = output.split("\n").length - 1;
  const said = short ? `Value ${short}. ` : output ? `It printed ${lines === 1 ? "1 line" : `${lines} lines`}. ` : "";
  return `${said}${plural(trace.count)}.`;
}

/** @param {number} bytes */
function memory(bytes) {
  return bytes < 1e5 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param {Cell[]} cells */
function running(cells) {
  const numbers = cells.map((cell) => String(cell.number));
  const last = numbers.pop();
  return `Runs ${numbers.length ? `${numbers.join(", ")} and ${last}` : last}`;
}
