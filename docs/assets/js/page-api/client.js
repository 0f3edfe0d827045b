/**
 * The page's side of the in-page API (worker.js): starts the worker when it is first asked for, and a new one when
 * the old one died or hangs.
 */

import { SITE } from "../site.js";
import { FOLDER, checkBrowser, explained, readManifest, sum, way } from "./manifest.js";
import { Questions } from "./questions.js";

/**
 * @typedef {import("./manifest.js").Manifest} Manifest
 * @typedef {import("./manifest.js").Way} Way
 * @typedef {import("./questions.js").OnOutput} OnOutput
 *
 * @typedef {object} Query
 * @property {string} sql
 * @property {number} milliseconds
 * @property {string[]} plan
 *
 * @typedef {object} Trace
 * @property {number} count
 * @property {number} milliseconds
 * @property {Query[]} queries
 *
 * @typedef {object} CellError
 * @property {string} type
 * @property {string} message
 * @property {string} traceback
 * @property {number | null} line in the program
 *
 * @typedef {object} CellResult see demo_api/nexus/cells.py
 * @property {string} output
 * @property {string} value
 * @property {CellError | null} error
 * @property {number} milliseconds
 * @property {number} peak_bytes
 * @property {Trace} trace
 *
 * @typedef {"idle" | "loading" | "ready" | "failed"} BootState
 */

const STALLED = 30_000; // milliseconds without a byte or an answer before a boot counts as failed

/** The worker died, hangs, or was stopped; what it held is gone. */
export class WorkerLost extends Error {}

/** The reader stopped it. */
export class Stopped extends WorkerLost {}

/**
 * Events: "state" when `state` or `notice` changed, "progress" while files arrive.
 */
class PageApi extends EventTarget {
  /** @type {BootState} */
  state = "idle";
  /** What the reader must know about the last worker, or nothing. */
  notice = "";
  /** Bytes of the files a boot waits for: those that arrived, and all of them. */
  loaded = 0;
  total = 0;

  /** @type {Worker | null} */
  #worker = null;
  /** @type {Promise<void> | null} */
  #booting = null;
  /** @type {Promise<Manifest> | null} */
  #reading = null;
  #stopped = false;
  /** @type {Set<string>} */
  #awaited = new Set();
  #questions = new Questions((reason) => this.#lose(reason));

  // What a page asks for --------------------------------------------------------------------------------------------

  /**
   * Answers one HTTP request, as demo_api/nexus/browser.py does; boots first where needed.
   * @param {{method: string, url: string, headers: [string, string][], body?: Uint8Array}} request
   * @returns {Promise<{status: number, reason: string, headers: [string, string][], body: Uint8Array,
   *   milliseconds: number, trace: Trace}>}
   */
  async request(request) {
    await this.boot();
    return this.#ask("request", request);
  }

  /**
   * Runs a program in the namespace of `page`; boots first where needed. It may take as long as it likes, until `stop`
   * or until `signal` is aborted, which is the same: only the worker's end ends a program.
   * @param {string} page
   * @param {string} source
   * @param {{signal?: AbortSignal, onOutput?: OnOutput}} [options] `onOutput` gets what is printed while it runs
   * @returns {Promise<CellResult>}
   */
  async runCell(page, source, { signal, onOutput } = {}) {
    signal?.throwIfAborted();
    const stop = () => this.stop();
    signal?.addEventListener("abort", stop);
    try {
      await this.boot();
      return await this.#ask("cell", { page, source }, { patience: 0, onOutput });
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * Drops the namespace of `page`, or of every page when it is "". Nothing to do where nothing has run.
   * @param {string} page
   */
  async forget(page) {
    if (this.state === "ready") {
      await this.#ask("forget", { page });
    }
  }

  /** The seeded catalogue again, at once. Nothing to do where nothing has run. */
  async reset() {
    if (this.state === "ready") {
      await this.#ask("reset", {});
      this.dispatchEvent(new Event("reset"));
    }
  }

  /** Ends whatever runs or loads. */
  stop() {
    this.#stopped = true;
    if (this.#worker) {
      this.#lose("Stopped.", Stopped);
    }
  }

  /** The build's manifest. Rejects when this site was built without the in-page API. */
  manifest() {
    this.#reading ??= readManifest().catch((error) => {
      this.#reading = null; // so that coming back tries again
      throw error;
    });
    return this.#reading;
  }

  /** The bytes that a boot downloads, for the sentence beside the button. */
  async size() {
    const manifest = await this.manifest();
    return sum(manifest, way(manifest));
  }

  /**
   * @param {string} kind
   * @param {object} message
   * @param {{patience?: number, onOutput?: OnOutput}} [options]
   * @returns {Promise<any>}
   */
  #ask(kind, message, options) {
    if (!this.#worker) {
      return Promise.reject(new Stopped("Stopped."));
    }
    return this.#questions.ask(this.#worker, kind, message, options);
  }

  // Booting ---------------------------------------------------------------------------------------------------------

  /** Boots once, whoever asks; resolves when requests are answered. */
  boot() {
    this.#booting ??= this.#start().then(
      () => this.#to("ready"),
      (error) => {
        this.#end();
        this.#booting = null;
        this.#to(error instanceof Stopped ? "idle" : "failed");
        throw error;
      },
    );
    return this.#booting;
  }

  async #start() {
    checkBrowser();
    this.#stopped = false;
    this.notice = "";
    this.loaded = this.total = 0;
    this.#to("loading");
    const manifest = await this.manifest();
    try {
      await this.#launchSomehow(manifest);
    } catch (error) {
      throw error instanceof Stopped ? error : await explained(error, manifest);
    }
  }

  /** @param {Manifest} manifest */
  async #launchSomehow(manifest) {
    const chosen = way(manifest);
    try {
      await this.#launch(manifest, chosen);
    } catch (error) {
      if (error instanceof Stopped || chosen === "zip") {
        throw error;
      }
      // A snapshot is bound to one engine's idea of memory; the zips are not.
      this.#end();
      await this.#launch(manifest, "zip");
    }
  }

  /**
   * @param {Manifest} manifest
   * @param {Way} chosen
   */
  async #launch(manifest, chosen) {
    if (this.#stopped) {
      throw new Stopped("Stopped.");
    }
    this.#awaited = new Set(manifest.ways[chosen]);
    this.loaded = 0;
    this.total = sum(manifest, chosen);
    const lock = `nexus-api-${Math.random().toString(36).slice(2)}-${Date.now()}`;
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "nexus-api" });
    this.#worker = worker;
    worker.onmessage = ({ data }) => (data.held ? this.#watch(worker, data.held) : this.#receive(data));
    worker.onerror = (event) => this.#lose(event.message || "The worker stopped.");
    const base = SITE.href.replace(/\/$/, "");
    const message = { manifest, folder: FOLDER.href, base, way: chosen, lock };
    await this.#questions.ask(worker, "boot", message, { patience: STALLED });
  }

  /**
   * Notices the end of a worker, however it came: the browser then frees the lock that the worker held.
   * @param {Worker} worker
   * @param {string} lock
   */
  #watch(worker, lock) {
    const ended = () => {
      if (this.#worker === worker) {
        this.#lose("The browser ended the API in this page.");
      }
    };
    navigator.locks?.request(lock, ended).catch(() => {}); // without locks, the time limit of a request notices
  }

  /** @param {any} sent */
  #receive(sent) {
    if (sent.progress) {
      this.loaded += this.state === "loading" && this.#awaited.has(sent.name) ? sent.progress : 0;
      this.#questions.keepWaiting();
      this.dispatchEvent(new Event("progress"));
    } else if (sent.fatal && this.state === "ready") {
      this.#lose(sent.error.split("\n", 1)[0]);
    } else {
      this.#questions.hear(sent);
    }
  }

  // Ending ----------------------------------------------------------------------------------------------------------

  /**
   * The worker is gone, with everything that was written into it. The next request starts a new one.
   * @param {string} reason
   * @param {typeof WorkerLost} Kind
   */
  #lose(reason, Kind = WorkerLost) {
    const unanswered = this.#questions.take();
    const wasReady = this.state === "ready";
    const error = new Kind(wasReady ? `${reason} Your changes to the catalogue are gone; the next run starts it anew.` : reason);
    this.#end();
    if (wasReady) {
      this.#booting = null;
      this.notice = error.message;
      this.#to("idle");
    }
    for (const { reject } of unanswered) {
      reject(error);
    }
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#questions.take();
  }

  /** @param {BootState} state */
  #to(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/** The one in-page API of this tab. */
export const pageApi = new PageApi();
