/** What runs in order, each on what those above it left: the programs of a page, requests that continue one another. */

import { pageApi } from "./page-api/client.js";

/** @template {{element: HTMLElement}} Member */
export class Order {
  /** Those that ran, and whose work still stands. @type {Set<Member>} */
  ran = new Set();
  /** @type {[EventTarget, string][]} */
  #ends;

  /**
   * @param {Member[]} members from top to bottom
   * @param {() => void} changed is called when there is more or less to run
   * @param {[EventTarget, string][]} ends events that undo what ran, beside the end of the worker
   */
  constructor(members, changed, ends = []) {
    this.members = members;
    this.changed = changed;
    this.#ends = ends;
    pageApi.addEventListener("state", this.#stateChanged);
    ends.forEach(([source, name]) => source.addEventListener(name, this.#ended));
  }

  /** Their work went with the worker that held it. */
  #stateChanged = () => {
    if (pageApi.state !== "ready" && pageApi.state !== "loading") {
      this.#ended();
    }
  };

  #ended = () => {
    if (this.members.some(({ element }) => element.isConnected)) {
      this.forget();
      return;
    }
    pageApi.removeEventListener("state", this.#stateChanged); // the reader is on another page
    this.#ends.forEach(([source, name]) => source.removeEventListener(name, this.#ended));
  };

  /** Nothing has run. */
  forget() {
    this.ran.clear();
    this.changed();
  }

  /**
   * Those above a member that have not run.
   * @param {Member} member
   */
  above(member) {
    return this.members.slice(0, this.members.indexOf(member)).filter((other) => !this.ran.has(other));
  }

  /**
   * Runs those above that have not run, then the member itself, until one fails.
   * @param {Member} wanted
   * @param {(member: Member) => Promise<string>} run gives a sentence why those below must not run, or an empty one
   * @param {(members: Member[], sentence: string) => void} giveUp is told which did not run, and why
   */
  async runUpTo(wanted, run, giveUp) {
    const due = [...this.above(wanted), wanted];
    for (const [index, member] of due.entries()) {
      const problem = await run(member);
      if (problem) {
        giveUp(due.slice(index + 1), problem);
        return;
      }
      this.ran.add(member);
      this.changed();
    }
  }
}
