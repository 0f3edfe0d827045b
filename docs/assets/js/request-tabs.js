/**
 * The tabs of a request: as it is sent, and as text for other programs. The build writes them for the request as printed;
 * here they follow what the reader types and who answers, and the one that is shown can be copied.
 */

import { colourSnippet, escapeHtml } from "./colour.js";
import { addButton, block } from "./elements.js";
import { START_ADDRESS } from "./live.js";
import { parseRequest } from "./request.js";
import { SNIPPETS } from "./snippets.js";
import { base, isThisPage } from "./target.js";

const COPY = "Copy";

export class RequestTabs {
  #text = "";
  /** What a tab shows, by name. @type {Map<string, string>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} element holds the tabs
   * @param {boolean} needsToken
   * @param {(sentence: string) => void} say tells a screen reader
   */
  constructor(element, needsToken, say) {
    this.element = element;
    this.needsToken = needsToken;
    this.say = say;
  }

  /** @param {HTMLElement} actions gets the button that copies */
  addCopy(actions) {
    this.button = addButton(actions, "nx-button nx-button--quiet", COPY, () => this.#copy());
    this.button.title = "What this tab shows";
  }

  /** @param {string} text the request as it is now */
  show(text) {
    this.#text = text;
    for (const [name, write] of Object.entries(SNIPPETS)) {
      const panel = /** @type {HTMLElement} */ (this.element.querySelector(`[data-panel="${name}"]`));
      const html = this.#panelHtml(name, write);
      if (this.#shown.get(name) !== html) {
        this.#shown.set(name, html);
        panel.innerHTML = html;
      }
    }
  }

  /**
   * @param {string} name
   * @param {import("./snippets.js").Write} write
   */
  #panelHtml(name, write) {
    try {
      const address = isThisPage() ? START_ADDRESS : base(); // outside the page, only a server can answer
      return block(colourSnippet(name, write(parseRequest(this.#text), address, this.needsToken)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `<p class="nx-console__empty">Not a request yet. ${escapeHtml(why)}</p>`;
    }
  }

  async #copy() {
    const button = /** @type {HTMLButtonElement} */ (this.button);
    const chosen = /** @type {HTMLInputElement} */ (this.element.querySelector("input:checked"));
    const label = chosen.labels?.[0]?.textContent ?? "";
    const code = this.element.querySelector(`[data-panel="${chosen.value}"] code`);
    const text = chosen.value === "raw" ? this.#text : code?.textContent;
    try {
      if (text) {
        await navigator.clipboard.writeText(text);
      }
      button.textContent = text ? "Copied" : "Not a request yet";
      this.say(text ? `Copied: ${label}.` : button.textContent);
    } catch {
      button.textContent = "The browser refused";
      this.say(button.textContent);
    }
    setTimeout(() => (button.textContent = COPY), 2000);
  }
}
