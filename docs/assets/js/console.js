/**
 * The console. The build prints a request and its recorded answer as HTML (hub/blocks/render_exchange.py); this module
 * makes the request editable and runs it: in this page, or on a server (target.js), after those that it continues
 * (chain.js), with the values that their answers gave here.
 *
 * States (`data-state`): recorded, waiting, loading, running, answered, failed.
 */

import { forgetToken, token } from "./accounts.js";
import { duration, forgetPictures, plural, showBody, showHeaders, showQueries } from "./answer.js";
import { colourRequest } from "./colour.js";
import { addButton, addTo, failureBox, statusBadge } from "./elements.js";
import { failure } from "./failure.js";
import { filled, marked, moved, piecesIn } from "./filled.js";
import { pageApi } from "./page-api/client.js";
import { RequestTabs } from "./request-tabs.js";
import { parseRequest } from "./request.js";
import { TargetBar } from "./target-bar.js";
import { RUN_KEY, addTextarea, isRunKey } from "./textarea.js";
import { base, header, isThisPage, send, target } from "./target.js";

/**
 * @typedef {import("./target.js").Answer} Answer
 * @typedef {"recorded" | "waiting" | "loading" | "running" | "answered" | "failed"} State
 */

/** The first line of a request that changes nothing. */
const READS = /^((GET|HEAD|OPTIONS|query|fragment)\b|[{#])/;

export class Console {
  /** What it was answered last. @type {Answer | null} */
  answered = null;

  /**
   * @param {HTMLElement} element
   * @param {import("./chain.js").Chain} chain
   */
  constructor(element, chain) {
    this.element = element;
    this.chain = chain;
    this.source = /** @type {HTMLElement} */ (element.querySelector(".nx-console__source"));
    this.code = /** @type {HTMLElement} */ (this.source.querySelector("code"));
    this.printed = this.text = this.code.textContent ?? "";
    this.printedPieces = this.pieces = piecesIn(this.code);
    this.answer = /** @type {HTMLElement} */ (element.querySelector(".nx-console__answer"));
    this.recorded = this.answer.innerHTML;
    this.said = addTo(element, "span", "nx-said", "");
    this.said.setAttribute("role", "status");
    const request = /** @type {HTMLElement} */ (element.querySelector(".nx-console__request"));
    this.tabs = new RequestTabs(request, Boolean(element.dataset.account), (sentence) => this.say(sentence));
    this.editor = this.addEditor();
    this.addHead(request);
    this.addFoot(request);
    this.tabs.show(this.printed);
    this.setState("recorded");
  }

  /** @param {State} state */
  setState(state) {
    this.element.dataset.state = state;
    const isBusy = this.isBusy;
    this.answer.setAttribute("aria-busy", String(isBusy));
    if (this.runButton && this.stopButton && this.resetButton) {
      this.runButton.disabled = isBusy;
      this.stopButton.hidden = !isBusy;
      this.resetButton.hidden = isBusy || (state === "recorded" && this.editor.value === this.printed);
    }
  }

  get isBusy() {
    return ["waiting", "loading", "running"].includes(this.element.dataset.state ?? "");
  }

  // What the reader can press ---------------------------------------------------------------------------------------

  /** @param {HTMLElement} request */
  addHead(request) {
    const row = /** @type {HTMLElement} */ (request.querySelector(".nx-tabs__labels"));
    const actions = addTo(row, "span", "nx-console__actions", "");
    this.resetButton = addButton(actions, "nx-button nx-button--quiet", "Start over", () => this.reset());
    this.resetButton.title = "The request as printed and its recorded answer";
    this.tabs.addCopy(actions);
  }

  /** @param {HTMLElement} request */
  addFoot(request) {
    const foot = addTo(request, "div", "nx-console__run", "");
    this.runButton = addButton(foot, "nx-button nx-button--run", "Run", () => this.chain.run(this));
    this.runButton.title = RUN_KEY;
    this.stopButton = addButton(foot, "nx-button", "Stop", () => this.chain.running?.abort());
    this.before = addTo(foot, "span", "nx-console__before", "");
    new TargetBar(addTo(foot, "div", "nx-target", ""), (sentence) => this.say(sentence));
  }

  /** Says what Run runs and, on a server, writes, before this request; the snippets name who answers. */
  offer() {
    this.tabs.show(this.text);
    const due = this.chain.order?.above(this) ?? [];
    const before = /** @type {HTMLElement} */ (this.before);
    if (!due.length || this.isBusy) {
      before.textContent = "";
      return;
    }
    const writes = isThisPage() ? [] : [...due, this].map((console) => console.line).filter((line) => !READS.test(line));
    const host = target().replace(/^https?:\/\//, "");
    const promise = due.length === 1 ? "Runs the request above first." : `Runs the ${due.length} requests above first.`;
    before.textContent = writes.length ? `${promise} On ${host} that writes: ${writes.join(", ")}.` : promise;
  }

  /** Method and path. */
  get line() {
    return this.text.trim().split("\n", 1)[0];
  }

  addEditor() {
    const editor = addTextarea(this.source, this.printed, `Request, editable; ${RUN_KEY} runs it`);
    editor.addEventListener("input", () => this.edited());
    editor.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the theme's one-letter shortcuts are not meant for text being typed
      if (isRunKey(event)) {
        event.preventDefault();
        void this.chain.run(this);
      }
    });
    return editor;
  }

  edited() {
    this.pieces = moved(this.pieces, this.text, this.editor.value);
    this.showText(this.editor.value);
    this.setState(/** @type {State} */ (this.element.dataset.state));
    this.chain.offer();
  }

  /** @param {string} text */
  showText(text) {
    this.text = text;
    // The block behind the text area gives it its height; a line that ends in a newline needs one more to count.
    this.code.innerHTML = marked(colourRequest(text), this.pieces) + (text.endsWith("\n") ? "\n" : "");
    this.tabs.show(text);
  }

  reset() {
    this.editor.value = this.printed;
    this.pieces = this.printedPieces;
    this.showText(this.printed);
    this.showRecorded();
    this.setState("recorded");
    this.chain.offer();
    this.say("The recorded answer is back.");
    this.editor.focus();
  }

  showRecorded() {
    forgetPictures(this.answer);
    this.answer.innerHTML = this.recorded;
  }

  // Running ---------------------------------------------------------------------------------------------------------

  /** It will run, perhaps after others. */
  wait() {
    this.setState("waiting");
    this.showStatus("", "waiting", "");
    this.offer();
  }

  /**
   * Runs this request and shows its answer.
   * @param {AbortSignal} signal
   * @param {Answer[]} above the answers that it may take values from
   * @returns {Promise<string>} why those below must not run; empty when they may
   */
  async runAlone(signal, above) {
    const needsBoot = isThisPage() && pageApi.state !== "ready";
    this.setState(needsBoot ? "loading" : "running");
    this.showStatus("", needsBoot ? "loading" : "running", "");
    this.say(needsBoot ? "Loading the API." : "Running.");
    const begin = () => pageApi.state === "ready" && this.began();
    pageApi.addEventListener("state", begin);
    try {
      this.fillIn(above);
      this.answered = await this.send(signal);
      this.show(this.answered);
      return "";
    } catch (error) {
      this.fail(error);
      return "The request above was not answered, so this one did not run.";
    } finally {
      pageApi.removeEventListener("state", begin);
    }
  }

  /** @param {Answer[]} above */
  fillIn(above) {
    if (this.pieces.length) {
      const [text, pieces] = filled(this.text, this.pieces, above, base());
      this.pieces = pieces;
      this.editor.value = text;
      this.showText(text);
    }
  }

  began() {
    this.setState("running");
    this.showStatus("", "running", "");
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async send(signal) {
    const { method, target, headers, body } = parseRequest(this.editor.value);
    const { username, password } = this.element.dataset;
    if (username && password && !headers.some(([name]) => name.toLowerCase() === "authorization")) {
      headers.push(["Authorization", `Bearer ${await token(username, password, signal)}`]);
    }
    const content = body ? new TextEncoder().encode(body) : undefined;
    const answer = await send({ method, url: base() + target, headers, body: content }, signal);
    if (answer.status === 401 && username) {
      forgetToken(username); // it may have expired: the next run signs in again
    }
    return answer;
  }

  /** @param {Answer} answer */
  show(answer) {
    if (this.element.querySelector(".nx-console__failure")) {
      this.showRecorded(); // the frame of an answer, without the explanation
    }
    const took = duration(answer.milliseconds);
    const queries = answer.trace?.count ?? countedBy(answer);
    this.showStatus(String(answer.status), answer.reason, String(answer.status)[0]);
    const place = answer.trace ? "in this page" : "now";
    addTo(this.bar, "span", "nx-console__note", `answered ${place} in ${took}${queries === null ? "" : `, ${plural(queries)}`}`);
    this.fill("body", (panel) => showBody(panel, answer));
    this.fill("headers", (panel) => showHeaders(panel, answer));
    this.count("headers", answer.headers.length);
    this.fill("sql", (panel) => this.fillQueries(panel, answer, queries));
    this.setState("answered");
    this.say(`Answered ${answer.status} ${answer.reason} in ${took}.`);
  }

  /**
   * @param {HTMLElement} panel
   * @param {Answer} answer
   * @param {number | null} queries
   */
  fillQueries(panel, answer, queries) {
    if (answer.trace) {
      showQueries(panel, answer.trace);
    } else if (queries !== null) {
      panel.innerHTML = `<p class="nx-console__empty nx-queries__note">The server counted ${plural(queries)}. Their text
        is told by the API in this page only: choose <b>this page</b> and run again.</p>`;
    } else {
      panel.innerHTML = '<p class="nx-console__empty">This answer does not say what SQL it ran.</p>';
    }
    this.count("sql", queries ?? 0);
  }

  /**
   * Says what went wrong, above the recorded answer, which stays.
   * @param {unknown} error
   * @param {string} [status]
   */
  fail(error, status = "no answer") {
    this.showRecorded();
    this.answer.prepend(failureBox(status, `${failure(error)} The answer below is a recording.`));
    this.setState("failed");
    this.say(failure(error));
  }

  // Parts -----------------------------------------------------------------------------------------------------------

  get bar() {
    return /** @type {HTMLElement} */ (this.answer.querySelector(".nx-console__bar"));
  }

  /**
   * @param {string} status
   * @param {string} reason
   * @param {string} kind
   */
  showStatus(status, reason, kind) {
    this.answer.querySelector(".nx-console__failure")?.remove();
    this.bar.replaceChildren(statusBadge(status, reason, kind));
  }

  /**
   * @param {string} name
   * @param {(panel: HTMLElement) => void} fill
   */
  fill(name, fill) {
    const panel = /** @type {HTMLElement | null} */ (this.answer.querySelector(`[data-panel="${name}"]`));
    if (panel) {
      fill(panel);
    }
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

/**
 * The number of queries a response says it ran (`Server-Timing: db;desc="2"`), or null when it does not say.
 * @param {Answer} answer
 */
function countedBy(answer) {
  const found = /\bdb;[^,]*desc="(\d+)"/.exec(header(answer, "Server-Timing"));
  return found ? Number(found[1]) : null;
}
