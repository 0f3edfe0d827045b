/**
 * The API inside the page: a Web Worker that runs demo_api in Pyodide. client.js starts it; it answers each message
 * with one that carries the same id. The Python side is demo_api/nexus/browser.py.
 *
 * Two ways to boot. "snapshot": the memory of an API that was warmed up during the build. "zip": what that API had
 * imported, imported here. Everything else follows in the background; whatever may import something waits for it.
 */

import { EMPTY_ZIP, downloader, handOver, module, objectUrl } from "./files.js";

/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {{method: string, url: string, headers: [string, string][], body?: Uint8Array}} RequestMessage */

const PACKAGES = "/site.zip";
const GRAPHQL_PACKAGES = "/graphql.zip";
const STANDARD_LIBRARY = "/lib/python314.zip";

/** @type {any} */
let pyodide;
/** @type {any} */
let browser;
/** @type {Uint8Array} */
let seed;
/** @type {(name: string) => Promise<Uint8Array>} */
let file;

/** @type {Record<string, (message: any) => Promise<any>>} */
const handlers = { boot, request, cell, forget, reset };

/** Settles when everything asked so far is answered: a cell that waits must not let a request in between. */
let turn = Promise.resolve();

self.onmessage = ({ data }) => {
  turn = turn.then(() => serve(data));
};

/** @param {any} data `kind` names the handler; all but the id is handed to it, and to a cell the id too */
async function serve({ id, kind, ...message }) {
  try {
    const answer = await handlers[kind]({ id, ...message });
    self.postMessage({ id, answer }, { transfer: answer?.body ? [answer.body.buffer] : [] });
  } catch (error) {
    self.postMessage({ id, error: said(error), fatal: isFatal(error) });
  }
  if (kind === "request" || kind === "cell") {
    workSoon();
  }
}

// A program that awaits goes on outside of `serve`. When it breaks the interpreter there, nobody else tells the page.
self.addEventListener("unhandledrejection", (event) => {
  if (isFatal(event.reason)) {
    event.preventDefault();
    self.postMessage({ error: said(event.reason), fatal: true });
  }
});

/** @param {any} error */
function said(error) {
  if (error instanceof RangeError) {
    return "The program called itself more often than this browser can follow.";
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether the interpreter is beyond use after this error.
 * @param {any} error
 */
function isFatal(error) {
  return Boolean(error?.pyodide_fatal_error) || error instanceof WebAssembly.RuntimeError;
}

// Booting --------------------------------------------------------------------------------------------------------------

/**
 * @param {{manifest: Manifest, folder: string, base: string, way: "snapshot" | "zip", lock: string}} message `base` is
 *   where the API stands, without a slash at its end; `lock` is the name to hold for as long as this worker lives
 */
async function boot({ manifest, folder, base, way, lock }) {
  hold(lock);
  file = downloader(manifest, folder);
  const snapshot = way === "snapshot" ? file("snapshot") : undefined;
  const database = file("database");
  const library = snapshot ? undefined : file("core-stdlib");
  const packages = snapshot ? undefined : file("core-site");
  const wasm = handOver(new URL("pyodide.asm.wasm", folder).href, manifest, folder);
  const modules = ["loader", "runtime"].map((name) => module(name, manifest, folder));
  // Each is awaited below; one that fails while another is awaited must not count as unhandled.
  Promise.allSettled([snapshot, database, library, packages, wasm, ...modules]);
  const [{ loadPyodide }, { default: create }] = await Promise.all(modules);
  const [memory, standardLibrary] = await Promise.all([snapshot, library, wasm]);
  pyodide = await loadPyodide({
    indexURL: folder,
    env: manifest.environment,
    lockFileContents: manifest.lock,
    stdLibURL: objectUrl(standardLibrary ?? EMPTY_ZIP),
    _loadSnapshot: memory,
    createPyodideModule: (/** @type {any} */ settings) => makeModule(create, settings, memory),
  });
  seed = await database;
  pyodide.FS.mkdirTree("/data/media");
  if (packages) {
    pyodide.FS.writeFile(PACKAGES, await packages);
    pyodide.pyimport("sys").path.insert(0, PACKAGES);
  }
  browser = pyodide.pyimport("demo_api.nexus.browser");
  withPython(seed, (bytes) => browser.begin(base, bytes));
  return { heap: pyodide._module.HEAP8.length };
}

/**
 * Holds a lock until the browser ends this worker, however it ends: the page, which waits for the lock, then knows.
 * @param {string} name
 */
function hold(name) {
  const forever = () => (self.postMessage({ held: name }), new Promise(() => {}));
  // Only secure origins have locks, and blocked storage blocks them: then the page's time limits must do.
  navigator.locks?.request(name, forever).catch(() => {});
}

/**
 * @param {(settings: any) => Promise<any>} create
 * @param {any} settings
 * @param {Uint8Array | undefined} memory
 */
async function makeModule(create, settings, memory) {
  const made = await create(settings);
  if (memory && made.HEAP8.length < memory.length) {
    made._malloc(memory.length); // only to make the memory grow: the snapshot overwrites all of it
  }
  return made;
}

// What a boot leaves out --------------------------------------------------------------------------------------------------

/** All packages: from then on Python can import what it has not imported yet. @type {Promise<void> | null} */
let rest = null;

/** Settles when every file is in place. A download that failed is tried again by whoever asks next. */
function complete() {
  rest ??= fetchRest().catch((error) => {
    rest = null;
    throw error;
  });
  return rest;
}

async function fetchRest() {
  const [library, packages] = await Promise.all([file("stdlib"), file("site")]);
  pyodide.FS.writeFile(STANDARD_LIBRARY, library);
  pyodide.FS.writeFile(PACKAGES, packages);
  pyodide.pyimport("importlib").invalidate_caches(); // it remembers what stood in the zips of the boot
}

// Work that waits ------------------------------------------------------------------------------------------------------

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

/** Does a slice of what a request has promised, such as an import, once those who ask have had their turn. */
function workSoon() {
  pause ??= setTimeout(() => {
    pause = undefined;
    turn = turn.then(work);
  });
}

async function work() {
  try {
    if (rest && (await rest, browser.work())) {
      workSoon();
    }
  } catch (error) {
    if (isFatal(error)) {
      self.postMessage({ error: said(error), fatal: true });
    } else {
      console.error(error); // nobody waits for it, and the import has kept the reason
    }
  }
}

/** The packages of GraphQL: asked for by the first request to it, or by a program that names it. @type {Promise<void> | null} */
let graphql = null;

function completeGraphql() {
  graphql ??= fetchGraphql().catch((error) => {
    graphql = null;
    throw error;
  });
  return graphql;
}

async function fetchGraphql() {
  const [packages] = await Promise.all([file("graphql"), complete()]);
  pyodide.FS.writeFile(GRAPHQL_PACKAGES, packages);
  browser.add_packages(GRAPHQL_PACKAGES);
}

// Answering ------------------------------------------------------------------------------------------------------------

let isFirst = true;

/**
 * The first read is answered from what the boot brought; all else waits until everything is there.
 * @param {RequestMessage} message
 */
async function request(message) {
  if (/\/graphql\/(\?|$)/.test(message.url)) {
    await completeGraphql();
  }
  if (!isFirst || message.method !== "GET") {
    await complete();
    return answer(message);
  }
  isFirst = false;
  const early = tryAnswer(message);
  const filled = complete();
  filled.catch(() => {}); // the next request asks again, and reports it
  if (early && early.status < 500) {
    return early;
  }
  await filled; // it may have needed something that was not there yet, and a read can be repeated
  return answer(message);
}

/**
 * The answer, or nothing where Python raised.
 * @param {RequestMessage} message
 */
function tryAnswer(message) {
  try {
    return answer(message);
  } catch (error) {
    if (isFatal(error)) {
      throw error;
    }
    return null;
  }
}

/** @param {RequestMessage} message */
function answer(message) {
  return withPython(message, (given) => plain(browser.handle(given)));
}

/**
 * Runs a program of the reader. What it prints goes to the page while it runs.
 * @param {{id: number, page: string, source: string}} message
 */
async function cell({ id, page, source }) {
  await complete(); // a program may import anything
  if (/graphql|strawberry/i.test(source)) {
    await completeGraphql();
  }
  const write = (/** @type {string} */ output, /** @type {string} */ stream) => self.postMessage({ id, output, stream });
  const running = browser.run_cell(page, source, write);
  try {
    const { error, ...result } = plain(await running);
    return { ...result, error: error ? { ...error, line: error.line ?? null } : null }; // None arrives as undefined
  } finally {
    running.destroy();
  }
}

/** @param {{page: string}} message */
async function forget({ page }) {
  browser.forget(page);
}

async function reset() {
  withPython(seed, (bytes) => browser.restore(bytes));
}

/**
 * Gives Python a value of its own for the length of a call.
 * @template Result
 * @param {any} value
 * @param {(given: any) => Result} ask
 */
function withPython(value, ask) {
  const given = pyodide.toPy(value);
  try {
    return ask(given);
  } finally {
    given.destroy();
  }
}

/**
 * What a Python call gave, as plain JavaScript values.
 * @param {any} result
 */
function plain(result) {
  if (!result?.toJs) {
    return result ?? {};
  }
  const value = result.toJs({ dict_converter: Object.fromEntries, create_pyproxies: false });
  result.destroy();
  return value;
}
