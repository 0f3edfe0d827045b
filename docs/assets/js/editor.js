/**
 * The editor of a program. It is a plain text area until the reader goes into it; then the library comes (highlighting
 * and indentation, hub/page_api/editor.mjs), and takes its place. Where the library does not come, the text area stays.
 */

import { escapeHtml } from "./colour.js";
import { FOLDER } from "./page-api/manifest.js";
import { pageApi } from "./page-api/client.js";
import { addTextarea, isRunKey } from "./textarea.js";

/** Keys that a reader may press without meaning to edit. */
const PASSING_KEYS = ["Tab", "Shift", "Control", "Alt", "Meta", "Escape"];

/** @type {Promise<any> | null} */
let library = null;

/** The library, loaded once for all editors. */
function load() {
  library ??= pageApi
    .manifest()
    .then(({ files }) => import(new URL(files.editor.url, FOLDER).href))
    .catch((error) => {
      library = null; // so that coming back tries again
      throw error;
    });
  return library;
}

/**
 * @typedef {object} Reaction
 * @property {() => void} edited
 * @property {() => void} run
 * @property {(sentence: string) => void} say tells a screen reader
 */

export class Editor {
  /** Whether Tab goes on to what comes next: so until the reader edits, and again after Escape. */
  tabLeaves = true;
  /** @type {any} the library's editor */
  rich = null;
  /** @type {Promise<void> | null} */
  loading = null;

  /**
   * @param {HTMLElement} source holds the printed program
   * @param {string} label
   * @param {string} description id of the element that says how to leave
   * @param {Reaction} reaction
   */
  constructor(source, label, description, reaction) {
    this.source = source;
    this.reaction = reaction;
    this.code = /** @type {HTMLElement} */ (source.querySelector("code"));
    this.printedHtml = this.code.innerHTML;
    this.printed = (this.code.textContent ?? "").replace(/\n$/, "");
    this.label = label;
    this.description = description;
    this.area = addTextarea(source, this.printed, label);
    this.describe();
    this.area.addEventListener("input", () => this.#edited());
    source.addEventListener("focusin", () => this.#entered());
    source.addEventListener("pointerdown", () => (this.tabLeaves = false));
    source.addEventListener("keydown", (event) => this.#beforeKey(event), true);
    source.addEventListener("keydown", (event) => event.stopPropagation()); // the theme's one-letter shortcuts
  }

  get value() {
    return this.area.value;
  }

  set value(text) {
    if (this.rich) {
      this.rich.setOptions({ value: text });
    } else {
      this.area.value = text;
      this.#paint();
    }
  }

  describe() {
    this.area.setAttribute("aria-label", this.label);
    this.area.setAttribute("aria-describedby", this.description);
  }

  #edited() {
    if (!this.rich) {
      this.#paint();
    }
    this.reaction.edited();
  }

  /** The text behind the text area, in its colours as long as it is the printed one. */
  #paint() {
    const lines = this.value.split("\n").map((line) => `<span class="nx-line">${escapeHtml(line)}\n</span>`);
    this.code.innerHTML = this.value === this.printed ? this.printedHtml : lines.join("");
  }

  // Keys ------------------------------------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  #beforeKey(event) {
    if (isRunKey(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.reaction.run();
    } else if (event.key === "Escape") {
      event.stopImmediatePropagation(); // the library would take the focus away
      this.tabLeaves = true;
      this.reaction.say("Tab leaves the program.");
    } else if (event.key === "Tab" && this.tabLeaves) {
      event.stopImmediatePropagation(); // the browser goes on, and the library does not indent
    } else if (!PASSING_KEYS.includes(event.key)) {
      this.tabLeaves = false;
    }
  }

  // The library -----------------------------------------------------------------------------------------------------

  #entered() {
    this.tabLeaves = !this.source.matches(":active");
    this.loading ??= this.#enrich().catch(() => {
      this.loading = null; // the text area does; the next visit tries again
    });
  }

  async #enrich() {
    const { createEditor, editorCommands, keys } = await load();
    const { area, tabLeaves } = this;
    const isFocused = document.activeElement === area;
    const { selectionStart, selectionEnd } = area;
    const options = { language: "python", tabSize: 4, lineNumbers: false, wordWrap: true, value: area.value };
    const rich = createEditor(null, options, editorCommands(keys, []));
    this.source.replaceChildren(rich.container);
    this.rich = rich;
    this.area = rich.textarea;
    this.describe();
    rich.on("update", () => this.reaction.edited());
    this.area.setSelectionRange(selectionStart, selectionEnd);
    if (isFocused) {
      this.area.focus({ preventScroll: true });
    }
    this.tabLeaves = tabLeaves;
    this.source.dataset.editor = "rich";
  }
}
