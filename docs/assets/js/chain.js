/** The consoles of a page, and how requests that continue one another run: those above first, each on what they left. */

import { Console } from "./console.js";
import { Order } from "./order.js";
import { pageApi } from "./page-api/client.js";
import { targets } from "./target.js";

/** @typedef {import("./target.js").Answer} Answer */

/** @param {ParentNode} page */
export function mountConsoles(page) {
  /** @type {HTMLElement[][]} */
  const chains = [];
  for (const element of page.querySelectorAll(".nx-console[data-account]:not([data-state])")) {
    const console = /** @type {HTMLElement} */ (element);
    const chain = console.dataset.continues ? chains.at(-1) : undefined;
    if (chain) {
      chain.push(console);
    } else {
      chains.push([console]);
    }
  }
  chains.forEach((elements) => new Chain(elements));
}

/** Requests of which each continues those above it; most chains have one. */
export class Chain {
  /** @type {AbortController | null} */
  running = null;

  /** @param {HTMLElement[]} elements */
  constructor(elements) {
    this.consoles = elements.map((element) => new Console(element, this));
    const ends = /** @type {[EventTarget, string][]} */ ([[pageApi, "reset"], [targets, "change"]]);
    this.order = new Order(this.consoles, () => this.offer(), ends);
    this.offer();
  }

  offer() {
    this.consoles.forEach((console) => console.offer());
  }

  /** @param {Console} wanted */
  async run(wanted) {
    if (this.running) {
      return;
    }
    const { signal } = (this.running = new AbortController());
    [...this.order.above(wanted), wanted].forEach((console) => console.wait());
    await this.order.runUpTo(
      wanted,
      (console) => console.runAlone(signal, this.answersAbove(console)),
      (consoles, sentence) => consoles.forEach((console) => console.fail(new Error(sentence), "not run")),
    );
    this.running = null;
    this.offer();
  }

  /** @param {Console} console */
  answersAbove(console) {
    const above = this.consoles.slice(0, this.consoles.indexOf(console));
    return above.map(({ answered }) => /** @type {Answer} */ (answered));
  }
}
