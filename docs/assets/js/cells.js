/**
 * Python cells. The build prints programs and what they did as HTML (hub/render_cell.py); this module makes them
 * editable and runs them in this page, whoever answers the consoles. The programs of a page share their names, as they
 * did in the build: what stands above a program, and has not run yet, runs before it.
 */

import { Cell } from "./cell.js";
import { failure } from "./failure.js";
import { pageApi } from "./page-api/client.js";

/** @param {ParentNode} page */
export function mountCells(page) {
  const elements = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(".nx-cell[data-page]:not([data-state])")]);
  const names = new Set(elements.map((element) => element.dataset.page ?? ""));
  for (const name of names) {
    new Notebook(name, elements.filter((element) => element.dataset.page === name));
  }
}

/** The programs of one page, in order. */
class Notebook {
  /** Those that ran in the names as they are now. @type {Set<Cell>} */
  ran = new Set();
  /** @type {AbortController | null} */
  running = null;

  /**
   * @param {string} page
   * @param {HTMLElement[]} elements
   */
  constructor(page, elements) {
    this.page = page;
    this.cells = elements.map((element) => {
      const wishes = {
        run: () => void this.run(cell),
        stop: () => this.running?.abort(),
        reset: () => void this.reset(cell),
        edited: () => this.offer(),
      };
      /** @type {Cell} */
      const cell = new Cell(element, wishes);
      return cell;
    });
    pageApi.addEventListener("state", this.#stateChanged);
    this.offer();
  }

  /** The names went with the worker that held them. */
  #stateChanged = () => {
    if (!this.cells.some(({ element }) => element.isConnected)) {
      pageApi.removeEventListener("state", this.#stateChanged); // the reader is on another page
    } else if (pageApi.state !== "ready" && pageApi.state !== "loading") {
      this.ran.clear();
      this.offer();
    }
  };

  /** Offers in each cell what can be pressed now. */
  offer() {
    if (!this.cells) {
      return; // the first cells are still being made
    }
    const canReset = !this.cells.every((cell) => cell.isAsPrinted);
    for (const cell of this.cells) {
      cell.offer({ isBusy: Boolean(this.running), canReset, first: this.above(cell) });
    }
  }

  /**
   * The cells above this one that have not run.
   * @param {Cell} cell
   */
  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell)).filter((other) => !this.ran.has(other));
  }

  // Running ---------------------------------------------------------------------------------------------------------

  /** @param {Cell} wanted */
  async run(wanted) {
    if (this.running) {
      return;
    }
    const { signal } = (this.running = new AbortController());
    const due = [...this.above(wanted), wanted];
    due.forEach((cell) => cell.wait());
    this.offer();
    try {
      if (!this.ran.size) {
        await pageApi.forget(this.page); // the page was open before, and left names
      }
      await this.#runAll(due, wanted, signal);
    } catch (error) {
      this.#giveUp(due, failure(error));
    } finally {
      this.running = null;
      this.offer();
    }
  }

  /**
   * @param {Cell[]} due
   * @param {Cell} wanted
   * @param {AbortSignal} signal
   */
  async #runAll(due, wanted, signal) {
    for (const [index, cell] of due.entries()) {
      try {
        const { error } = await cell.run(this.page, signal);
        if (error && error.type !== cell.raises && cell !== wanted) {
          this.#giveUp(due.slice(index + 1), `Program ${cell.number} raised ${error.type}, so this one did not run.`);
          return;
        }
        this.ran.add(cell);
      } catch (error) {
        cell.fail(signal.aborted ? "stopped" : "no answer", failure(error));
        this.#giveUp(due.slice(index + 1), `Program ${cell.number} did not end, so this one did not run.`);
        return;
      }
      this.offer();
    }
  }

  /**
   * @param {Cell[]} cells
   * @param {string} sentence
   */
  #giveUp(cells, sentence) {
    for (const cell of cells) {
      cell.printed = "";
      cell.fail("not run", sentence);
    }
  }

  /**
   * Programs, results, names and data as they were when the page was opened for the first time.
   * @param {Cell} asked
   */
  async reset(asked) {
    this.cells.forEach((cell) => cell.restore());
    this.ran.clear();
    this.offer();
    try {
      await pageApi.forget(this.page);
      await pageApi.reset();
      asked.say("The programs and their results are as printed, and the seeded catalogue is back.");
    } catch (error) {
      asked.say(failure(error));
    }
    asked.editor.area.focus();
  }
}
