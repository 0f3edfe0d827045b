// Runs in a page that is measured, before its own scripts: times clicks, counts long tasks, notes the worker's memory.

/** @typedef {{request: (message: object) => Promise<any>}} PageApi */

const probe = {
  /** Milliseconds of each main-thread task above 50 ms. @type {{start: number, duration: number}[]} */
  longTasks: [],
  /** Bytes of WebAssembly memory, as the worker said when it had booted. */
  wasm: 0,

  /**
   * Presses Run on a console. Gives the milliseconds until its answer stands in the page, and the long tasks since.
   * @param {HTMLElement} button
   */
  firstAnswer(button) {
    const element = /** @type {HTMLElement} */ (button.closest(".nx-console"));
    return new Promise((resolve, reject) => {
      const start = performance.mark("nexus-click").startTime;
      const settle = () => {
        const state = element.dataset.state;
        if (state === "failed") {
          reject(new Error(element.innerText.slice(0, 500)));
        }
        if (state === "answered") {
          const milliseconds = performance.now() - start;
          // Long tasks are reported a moment after they ended.
          setTimeout(() => resolve({ milliseconds, longTasks: probe.longTasks.filter((task) => task.start > start) }), 300);
        }
      };
      new MutationObserver(settle).observe(element, { attributeFilter: ["data-state"] });
      button.click();
    });
  },

  /**
   * Asks the same again and again. Gives each answer's milliseconds, from the page's question to the page's answer,
   * and how many statements one ran.
   * @param {string} client the address of page-api/client.js, which the page has loaded already
   * @param {string} url
   * @param {number} count
   */
  async answers(client, url, count) {
    /** @type {{pageApi: PageApi}} */
    const { pageApi } = await import(client);
    const milliseconds = [];
    let queries = 0;
    for (let index = 0; index < count; index++) {
      const start = performance.now();
      const answer = await pageApi.request({ method: "GET", url, headers: [["Accept", "application/json"]] });
      milliseconds.push(performance.now() - start);
      if (answer.status !== 200) {
        throw new Error(`${url} was answered with ${answer.status}`);
      }
      queries = answer.trace.count;
    }
    return { milliseconds, queries };
  },
};

Object.assign(window, { nexusProbe: probe });
new PerformanceObserver((list) => {
  probe.longTasks.push(...list.getEntries().map((entry) => ({ start: entry.startTime, duration: entry.duration })));
}).observe({ type: "longtask" });
window.Worker = class extends Worker {
  /** @param {string | URL} address @param {WorkerOptions} [options] */
  constructor(address, options) {
    super(address, options);
    this.addEventListener("message", ({ data }) => (probe.wasm = data?.answer?.heap ?? probe.wasm));
  }
};
