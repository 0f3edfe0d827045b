/**
 * The line that says who answers, and what that costs: a choice of target, the megabytes before the first run, the
 * progress while they load, and *Reset data*.
 */

import { BootBar, updateBars } from "./boot-bar.js";
import { addButton, addTo } from "./elements.js";
import { START_ADDRESS, liveApi } from "./live.js";
import { pageApi } from "./page-api/client.js";
import { THIS_PAGE, choose, isThisPage, serverAddress, target, targets } from "./target.js";

const OTHER = "other";

targets.addEventListener("change", () => updateBars());

export class TargetBar extends BootBar {
  /**
   * @param {HTMLElement} element
   * @param {(sentence: string) => void} say tells a screen reader
   */
  constructor(element, say) {
    super(element);
    this.say = say;
    this.resetButton = addButton(element, "nx-button nx-button--quiet", "Reset data", () => this.reset());
    this.resetButton.title = "The seeded catalogue again, at once";
    const label = addTo(element, "label", "nx-target__choice", "Answered by ");
    this.select = /** @type {HTMLSelectElement} */ (addTo(label, "select", "nx-target__select", ""));
    this.select.addEventListener("change", () => this.chosen());
    this.form = this.addForm();
    this.show();
  }

  get isConcerned() {
    return isThisPage();
  }

  // Choosing --------------------------------------------------------------------------------------------------------

  addForm() {
    const form = /** @type {HTMLFormElement} */ (addTo(this.element, "form", "nx-target__form", ""));
    form.hidden = true;
    form.noValidate = true;
    const input = /** @type {HTMLInputElement} */ (addTo(form, "input", "nx-target__address", ""));
    input.type = "url";
    input.spellcheck = false;
    input.setAttribute("aria-label", "Address of the server");
    addTo(form, "button", "nx-button", "Use it");
    this.refusal = addTo(form, "span", "nx-target__refusal", "");
    this.refusal.setAttribute("role", "alert");
    form.addEventListener("keydown", (event) => event.stopPropagation()); // the theme's one-letter shortcuts
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.use(input.value);
    });
    return form;
  }

  chosen() {
    if (this.select.value === OTHER) {
      this.form.hidden = false;
      const input = /** @type {HTMLInputElement} */ (this.form.querySelector("input"));
      input.value = START_ADDRESS;
      input.select();
    } else {
      this.use(this.select.value);
    }
  }

  /** @param {string} value */
  use(value) {
    const refusal = /** @type {HTMLElement} */ (this.refusal);
    try {
      choose(value);
      refusal.textContent = "";
      this.form.hidden = true;
      this.show();
      this.say(isThisPage() ? "This page answers." : `${target()} answers.`);
    } catch (error) {
      refusal.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  fillChoices() {
    const servers = new Set([liveApi(), target(), serverAddress(START_ADDRESS)]);
    const choices = [[THIS_PAGE, "this page"]];
    for (const address of servers) {
      if (address && address !== THIS_PAGE) {
        choices.push([address, address.replace(/^https?:\/\//, "")]);
      }
    }
    choices.push([OTHER, "another address…"]);
    if (this.select.options.length !== choices.length || this.select.value !== target()) {
      this.select.replaceChildren(...choices.map(([value, label]) => new Option(label, value)));
    }
    if (this.form.hidden) {
      this.select.value = target();
    }
  }

  // Showing ---------------------------------------------------------------------------------------------------------

  show() {
    super.show();
    this.fillChoices();
    this.resetButton.hidden = !isThisPage() || pageApi.state !== "ready";
  }

  async reset() {
    try {
      await pageApi.reset();
      this.status.textContent = "The seeded catalogue is back.";
      this.say(this.status.textContent);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }
}
