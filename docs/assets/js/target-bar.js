/**
 * The line that says who answers, and what that costs: a choice of target, the megabytes before the first run, the
 * progress while they load, and *Reset data*.
 */

import { addButton, addTo } from "./elements.js";
import { START_ADDRESS, liveApi } from "./live.js";
import { pageApi } from "./page-api/client.js";
import { THIS_PAGE, choose, isThisPage, serverAddress, target, targets } from "./target.js";

const OTHER = "other";

/** Every bar of the pages shown so far; those that left are dropped. @type {Set<TargetBar>} */
const bars = new Set();

for (const name of ["state", "progress", "reset"]) {
  pageApi.addEventListener(name, () => update());
}
targets.addEventListener("change", () => update());

let awaited = false;

/** Shows the state of things in every bar, once a frame. */
function update() {
  if (awaited) {
    return;
  }
  awaited = true;
  requestAnimationFrame(() => {
    awaited = false;
    for (const bar of bars) {
      bar.element.isConnected ? bar.show() : bars.delete(bar);
    }
  });
}

export class TargetBar {
  /**
   * @param {HTMLElement} element
   * @param {(sentence: string) => void} say tells a screen reader
   */
  constructor(element, say) {
    this.element = element;
    this.say = say;
    this.status = addTo(element, "span", "nx-target__status", "");
    this.resetButton = addButton(element, "nx-button nx-button--quiet", "Reset data", () => this.reset());
    this.resetButton.title = "The seeded catalogue again, at once";
    const label = addTo(element, "label", "nx-target__choice", "Answered by ");
    this.select = /** @type {HTMLSelectElement} */ (addTo(label, "select", "nx-target__select", ""));
    this.select.addEventListener("change", () => this.chosen());
    this.form = this.addForm();
    this.progress = addTo(element, "div", "nx-progress", '<div class="nx-progress__done"></div>');
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", "Loading the API");
    bars.add(this);
    this.show();
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
    this.fillChoices();
    const isLoading = isThisPage() && pageApi.state === "loading";
    this.element.dataset.boot = isThisPage() ? pageApi.state : "server";
    this.resetButton.hidden = !isThisPage() || pageApi.state !== "ready";
    this.progress.hidden = !isLoading;
    if (!isThisPage()) {
      this.status.textContent = "";
    } else if (isLoading) {
      this.showProgress();
    } else if (pageApi.state === "ready") {
      this.status.textContent = "The API runs in this page.";
    } else {
      void this.showSize();
    }
  }

  showProgress() {
    const { loaded, total } = pageApi;
    const isHere = total > 0 && loaded >= total;
    const text = isHere ? "Starting the API" : total ? `Loading ${megabytes(loaded)} of ${megabytes(total)}` : "Loading";
    const percent = total ? Math.min(100, Math.round((loaded / total) * 100)) : 0;
    this.status.textContent = text;
    this.progress.dataset.all = String(isHere);
    this.progress.setAttribute("aria-valuenow", String(percent));
    this.progress.setAttribute("aria-valuetext", text);
    /** @type {HTMLElement} */ (this.progress.firstElementChild).style.width = `${percent}%`;
  }

  async showSize() {
    const before = pageApi.notice ? `${pageApi.notice} ` : "";
    try {
      const bytes = await pageApi.size();
      if (isThisPage() && pageApi.state !== "loading" && pageApi.state !== "ready") {
        this.status.textContent = before || `Loads ${megabytes(bytes)} once, then answers here.`;
      }
    } catch (error) {
      this.status.textContent = error instanceof Error ? error.message : String(error);
    }
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

/** @param {number} bytes */
export function megabytes(bytes) {
  const millions = bytes / 1e6;
  return `${millions < 9.95 ? millions.toFixed(1) : Math.round(millions)} MB`;
}
