/**
 * The console. The build prints a request and its recorded answer as HTML (hub/render.py); this module makes the
 * request editable and runs it: in this page, or on a server (target.js).
 *
 * States (`data-state`): recorded, loading, running, answered, failed.
 */

import { forgetToken, token } from "./accounts.js";
import { duration, forgetPictures, plural, showBody, showHeaders, showQueries } from "./answer.js";
import { colourRequest } from "./colour.js";
import { addButton, addTo, failureBox, statusBadge } from "./elements.js";
import { failure } from "./failure.js";
import { START_ADDRESS } from "./live.js";
import { addMenu } from "./menu.js";
import { pageApi } from "./page-api/client.js";
import { parseRequest } from "./request.js";
import { SNIPPETS } from "./snippets.js";
import { TargetBar } from "./target-bar.js";
import { RUN_KEY, addTextarea, isRunKey } from "./textarea.js";
import { base, header, isThisPage, send } from "./target.js";

/**
 * @typedef {import("./target.js").Answer} Answer
 * @typedef {"recorded" | "loading" | "running" | "answered" | "failed"} State
 */

/** @param {ParentNode} page */
export function mountConsoles(page) {
  for (const element of page.querySelectorAll(".nx-console[data-account]:not([data-state])")) {
    new Console(/** @type {HTMLElement} */ (element));
  }
}

class Console {
  /** @type {AbortController | null} */
  running = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.source = /** @type {HTMLElement} */ (element.querySelector(".nx-console__source"));
    this.printed = /** @type {HTMLElement} */ (this.source.querySelector("code")).textContent ?? "";
    this.answer = /** @type {HTMLElement} */ (element.querySelector(".nx-console__answer"));
    this.recorded = this.answer.innerHTML;
    this.said = addTo(element, "span", "nx-said", "");
    this.said.setAttribute("role", "status");
    this.editor = this.addEditor();
    this.addHead();
    this.addFoot();
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
    return this.element.dataset.state === "running" || this.element.dataset.state === "loading";
  }

  // What the reader can press ---------------------------------------------------------------------------------------

  addHead() {
    const bar = /** @type {HTMLElement} */ (this.element.querySelector(".nx-console__request .nx-console__bar"));
    const actions = addTo(bar, "span", "nx-console__actions", "");
    this.resetButton = addButton(actions, "nx-button nx-button--quiet", "Start over", () => this.reset());
    this.resetButton.title = "The request as printed and its recorded answer";
    const items = SNIPPETS.map(
      ([name, write]) => /** @type {[string, () => unknown]} */ ([name, () => this.copy(name, write)]),
    );
    this.copyButton = addMenu(actions, "nx-button nx-button--quiet", "Copy as", items);
  }

  addFoot() {
    const request = /** @type {HTMLElement} */ (this.element.querySelector(".nx-console__request"));
    const foot = addTo(request, "div", "nx-console__run", "");
    this.runButton = addButton(foot, "nx-button nx-button--run", "Run", () => this.run());
    this.runButton.title = RUN_KEY;
    this.stopButton = addButton(foot, "nx-button", "Stop", () => this.running?.abort());
    new TargetBar(addTo(foot, "div", "nx-target", ""), (sentence) => this.say(sentence));
  }

  addEditor() {
    const editor = addTextarea(this.source, this.printed, `Request, editable; ${RUN_KEY} runs it`);
    editor.addEventListener("input", () => this.edited());
    editor.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the theme's one-letter shortcuts are not meant for text being typed
      if (isRunKey(event)) {
        event.preventDefault();
        void this.run();
      }
    });
    return editor;
  }

  edited() {
    const code = /** @type {HTMLElement} */ (this.source.querySelector("code"));
    const text = this.editor.value;
    // The block behind the text area gives it its height; a line that ends in a newline needs one more to count.
    code.innerHTML = colourRequest(text) + (text.endsWith("\n") ? "\n" : "");
    this.setState(/** @type {State} */ (this.element.dataset.state));
  }

  reset() {
    this.editor.value = this.printed;
    this.showRecorded();
    this.setState("recorded");
    this.edited();
    this.say("The recorded answer is back.");
    this.editor.focus();
  }

  showRecorded() {
    forgetPictures(this.answer);
    this.answer.innerHTML = this.recorded;
  }

  /**
   * @param {string} name
   * @param {(typeof SNIPPETS)[0][1]} write
   */
  async copy(name, write) {
    const button = /** @type {HTMLButtonElement} */ (this.copyButton);
    try {
      const address = isThisPage() ? START_ADDRESS : base(); // outside the page, only a server can answer
      await navigator.clipboard.writeText(write(parseRequest(this.editor.value), address, Boolean(this.element.dataset.account)));
      button.textContent = "Copied";
      this.say(`Copied as ${name}.`);
    } catch (error) {
      button.textContent = error instanceof SyntaxError ? "Not a request yet" : "The browser refused";
      this.say(button.textContent);
    }
    setTimeout(() => (button.textContent = "Copy as"), 2000);
  }

  // Running ---------------------------------------------------------------------------------------------------------

  async run() {
    if (this.isBusy) {
      return;
    }
    this.running = new AbortController();
    const needsBoot = isThisPage() && pageApi.state !== "ready";
    this.setState(needsBoot ? "loading" : "running");
    this.showStatus("", needsBoot ? "loading" : "running", "");
    this.say(needsBoot ? "Loading the API." : "Running.");
    const begin = () => pageApi.state === "ready" && this.began();
    pageApi.addEventListener("state", begin);
    try {
      this.show(await this.send(this.running.signal));
    } catch (error) {
      this.fail(error);
    } finally {
      pageApi.removeEventListener("state", begin);
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
   */
  fail(error) {
    this.showRecorded();
    this.answer.prepend(failureBox("no answer", `${failure(error)} The answer below is a recording.`));
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
