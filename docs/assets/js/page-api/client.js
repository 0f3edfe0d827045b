/**
 * The page's side of the in-page API (worker.js): starts the worker when it is first asked for, gives each message an
 * id and a time limit, and starts a new worker when the old one died or hangs.
 */

import { SITE } from "../site.js";

/**
 * @typedef {object} Manifest what the build says of its files (hub/page_api)
 * @property {string} build
 * @property {Record<string, {url: string, bytes: number}>} files
 * @property {Record<string, string[]>} ways files each way of booting waits for
 * @property {Record<string, string>} environment
 * @property {string} lock
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
 * @typedef {"idle" | "loading" | "ready" | "failed"} BootState
 * @typedef {"snapshot" | "zip"} Way
 */

const FOLDER = new URL("assets/vendor/page-api/", SITE);
const STALLED = 30_000; // milliseconds without a byte or an answer before a boot counts as failed
const PATIENCE = 20_000; // milliseconds a request may take

/** The worker died, hangs, or was stopped; what it held is gone. */
export class WorkerLost extends Error {}

/** The reader stopped it. */
export class Stopped extends WorkerLost {}

/** The API cannot run here; the message says why. */
export class Unsupported extends Error {}

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
  #lastId = 0;
  /** @type {Set<string>} */
  #awaited = new Set();
  /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void, patience: number}>} */
  #waiting = new Map();

  // What a page asks for --------------------------------------------------------------------------------------------

  /**
   * Answers one HTTP request, as demo_api/nexus/browser.py does; boots first where needed.
   * @param {{method: string, url: string, headers: [string, string][], body?: Uint8Array}} request
   * @returns {Promise<{status: number, reason: string, headers: [string, string][], body: Uint8Array,
   *   milliseconds: number, trace: Trace}>}
   */
  async request(request) {
    await this.boot();
    return this.#send("request", request);
  }

  /** The seeded catalogue again, at once. Nothing to do where nothing has run. */
  async reset() {
    if (this.state === "ready") {
      await this.#send("reset", {});
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
      throw await explained(error, manifest);
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
    await this.#send("boot", { manifest, folder: FOLDER.href, base, way: chosen, lock }, STALLED);
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

  // Messages --------------------------------------------------------------------------------------------------------

  /**
   * @param {string} kind
   * @param {object} message
   * @param {number} patience milliseconds without a sign of life; 0 for no limit
   * @returns {Promise<any>}
   */
  #send(kind, message, patience = PATIENCE) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const expire = () => (this.#mayTakeLong() ? watch() : this.#lose(`No answer within ${patience / 1000} seconds.`));
      const watch = () => {
        clearTimeout(timer);
        timer = patience ? setTimeout(expire, patience) : undefined;
      };
      const settle = (/** @type {(value: any) => void} */ next) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        this.removeEventListener("progress", watch);
        next(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject), patience });
      this.addEventListener("progress", watch);
      watch();
      this.#worker?.postMessage({ id, kind, ...message });
    });
  }

  /** Whether something runs that has no time limit: what waits behind it must be patient too. */
  #mayTakeLong() {
    return [...this.#waiting.values()].some(({ patience }) => !patience);
  }

  /** @param {any} data */
  #receive({ id, progress, name, error, fatal, ...answer }) {
    if (progress) {
      this.loaded += this.state === "loading" && this.#awaited.has(name) ? progress : 0;
      this.dispatchEvent(new Event("progress"));
      return;
    }
    if (fatal && this.state === "ready") {
      this.#lose(error.split("\n", 1)[0]);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) {
      waiting?.reject(new Error(error));
    } else {
      waiting?.resolve(answer);
    }
  }

  // Ending ----------------------------------------------------------------------------------------------------------

  /**
   * The worker is gone, with everything that was written into it. The next request starts a new one.
   * @param {string} reason
   * @param {typeof WorkerLost} Kind
   */
  #lose(reason, Kind = WorkerLost) {
    const waiting = [...this.#waiting.values()];
    const wasReady = this.state === "ready";
    const error = new Kind(wasReady ? `${reason} Your changes to the catalogue are gone; the next run starts it anew.` : reason);
    this.#end();
    if (wasReady) {
      this.#booting = null;
      this.notice = error.message;
      this.#to("idle");
    }
    for (const { reject } of waiting) {
      reject(error);
    }
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.clear();
  }

  /** @param {BootState} state */
  #to(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

// Words and sums ----------------------------------------------------------------------------------------------------------

/** Raises Unsupported when the browser lacks something that the API needs. */
function checkBrowser() {
  const needed = [
    ["WebAssembly", typeof WebAssembly === "object"],
    ["workers", typeof Worker === "function"],
    ["gzip streams", typeof DecompressionStream === "function"],
  ];
  const missing = needed.filter(([, isThere]) => !isThere).map(([name]) => name);
  if (missing.length) {
    throw new Unsupported(`This browser cannot run the API in the page. It lacks ${missing.join(" and ")}.`);
  }
}

/** @returns {Promise<Manifest>} */
async function readManifest() {
  const signal = AbortSignal.timeout(STALLED);
  const response = await fetch(new URL("manifest.json", FOLDER), { cache: "no-cache", signal }).catch(() => null);
  if (!response) {
    throw new Unsupported("The API for this page could not be loaded. Are you connected to the network?");
  }
  const manifest = response.ok ? await response.json() : null;
  if (!manifest?.ways?.zip) {
    throw new Unsupported("This copy of the site was built without the API for the page.");
  }
  return manifest;
}

/**
 * The error of a boot in words that help: files that are gone, because the site was published anew, are the usual one.
 * @param {unknown} error
 * @param {Manifest} manifest
 */
async function explained(error, manifest) {
  if (error instanceof Stopped) {
    return error;
  }
  const now = await readManifest().catch(() => null);
  if (now && now.build !== manifest.build) {
    return new Error("The site was published anew while this page was open. Reload the page.");
  }
  const hint = navigator.onLine ? "" : " You are offline. Once it was loaded, it runs without a network.";
  return new Error(`The API for this page could not be loaded. ${error instanceof Error ? error.message : error}${hint}`);
}

/**
 * The way to boot: the snapshot where there is one. `?zip` in the page's address asks for the other way.
 * @param {Manifest} manifest
 * @returns {Way}
 */
export function way(manifest) {
  return manifest.ways.snapshot && !new URLSearchParams(location.search).has("zip") ? "snapshot" : "zip";
}

/**
 * @param {Manifest} manifest
 * @param {Way} chosen
 */
function sum(manifest, chosen) {
  return manifest.ways[chosen].reduce((bytes, name) => bytes + manifest.files[name].bytes, 0);
}

/** The one in-page API of this tab. */
export const pageApi = new PageApi();
