/**
 * The line that says what the API in this page costs and does: the megabytes before the first run, the progress while
 * they load, and that it runs.
 */

import { addTo } from "./elements.js";
import { pageApi } from "./page-api/client.js";

/** Every bar of the pages shown so far; those that left are dropped. @type {Set<BootBar>} */
const bars = new Set();

for (const name of ["state", "progress", "reset"]) {
  pageApi.addEventListener(name, () => updateBars());
}

let awaited = false;

/** Shows the state of things in every bar, once a frame. */
export function updateBars() {
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

export class BootBar {
  /** What happens once the megabytes are here. */
  promise = "then answers here";

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.status = addTo(element, "span", "nx-target__status", "");
    this.progress = addTo(element, "div", "nx-progress", '<div class="nx-progress__done"></div>');
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", "Loading the API");
    bars.add(this);
  }

  /** Whether the API in this page is the one that is asked. */
  get isConcerned() {
    return true;
  }

  show() {
    const isLoading = this.isConcerned && pageApi.state === "loading";
    this.element.dataset.boot = this.isConcerned ? pageApi.state : "server";
    this.progress.hidden = !isLoading;
    if (!this.isConcerned) {
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
      if (this.isConcerned && pageApi.state !== "loading" && pageApi.state !== "ready") {
        this.status.textContent = before || `Loads ${megabytes(bytes)} once, ${this.promise}.`;
      }
    } catch (error) {
      this.status.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

/** @param {number} bytes */
export function megabytes(bytes) {
  const millions = bytes / 1e6;
  return `${millions < 9.95 ? millions.toFixed(1) : Math.round(millions)} MB`;
}
