/**
 * Keeps the handbook for offline reading: registers the service worker (docs/sw.js), says at the foot of each page
 * whether it is kept, and tells when a new edition of the handbook is ready.
 *
 * A live API behind the page means a developer's machine, and nothing is kept there.
 */

import { addButton, addTo } from "./elements.js";
import { liveApi } from "./live.js";
import { pageApi } from "./page-api/client.js";
import { way } from "./page-api/manifest.js";
import { SITE } from "./site.js";

/** What a browser fetches to keep the handbook. Nothing: this copy was built without the lists. */
export const MEGABYTES = 0; // hub/offline.py puts the size here

const REFUSED = `nexus:offline:${SITE.pathname}`; // other projects of one owner may share this origin
const BETWEEN_LOOKS = 3_600_000; // milliseconds between two looks for a new edition in a tab that stays open

/** @typedef {"hidden" | "off" | "loading" | "kept"} State */

/** @type {State} */
let state = "hidden";
/** The lines at the foot of the pages shown so far; those that left are dropped. @type {Set<HTMLElement>} */
const lines = new Set();
/** @type {ServiceWorkerRegistration | undefined} */
let registration;

/**
 * Puts the line that tells whether the handbook is kept at the foot of a page.
 * @param {ParentNode} root
 */
export function mountOffline(root) {
  const foot = root.querySelector(".md-footer-meta__inner");
  if (foot && !foot.querySelector(".nx-offline")) {
    lines.add(addTo(/** @type {HTMLElement} */ (foot), "div", "nx-offline", ""));
    show(state);
  }
}

/** Begins when the page has loaded and the browser has nothing better to do. */
export function beginOffline() {
  if (!MEGABYTES || !isSecureContext || !navigator.serviceWorker) {
    return;
  }
  // At once: another tab may not wait until this one is idle.
  navigator.serviceWorker.addEventListener("controllerchange", () => isReloading || announce(ELSEWHERE));
  const whenIdle = window.requestIdleCallback ?? ((/** @type {() => void} */ next) => setTimeout(next, 1000));
  const begin = () => whenIdle(() => start().catch(() => show("hidden"))); // blocked storage, or no such thing
  document.readyState === "complete" ? begin() : addEventListener("load", begin, { once: true });
}

async function start() {
  const found = await navigator.serviceWorker.getRegistration(SITE);
  registration = found?.scope === SITE.href ? found : undefined; // else a project above this one
  if (liveApi()) {
    await tell(registration?.active, "remove");
    return;
  }
  document.addEventListener("visibilitychange", lookForNewEdition);
  if (registration || !(wantsLittleData() || isRefused())) {
    await register();
  } else {
    show("off");
  }
}

async function register() {
  registration = await navigator.serviceWorker.register(new URL("sw.js", SITE), { scope: SITE.href });
  if (!registration) {
    return; // a browser that was told to refuse
  }
  const { active, installing, waiting } = registration;
  registration.onupdatefound = () => follow(registration?.installing);
  follow(installing);
  if (waiting) {
    announce(READY);
  }
  if (active) {
    show((await tell(active, "hello")) ? "kept" : "off");
    reportUsed(active);
  }
}

/**
 * Follows a worker from its installation on.
 * @param {ServiceWorker | null | undefined} installing
 */
function follow(installing) {
  if (!installing) {
    return;
  }
  const isFirst = !registration?.active;
  if (isFirst) {
    show("loading");
  }
  installing.onstatechange = () => {
    if (installing.state === "installed" && !isFirst) {
      announce(READY);
    } else if (installing.state === "activated" && isFirst) {
      show("kept");
      reportUsed(installing);
    } else if (installing.state === "redundant" && isFirst) {
      show("off"); // a file was missing or another build's: the next visit tries again
    }
  };
}

let lastLook = Date.now();

function lookForNewEdition() {
  if (document.visibilityState === "visible" && navigator.onLine && Date.now() - lastLook > BETWEEN_LOOKS) {
    lastLook = Date.now();
    registration?.update().catch(() => {}); // no network: another time
  }
}

// What was used before the worker could see it ---------------------------------------------------------------------------

/**
 * A page that loaded before its worker is not served by it: it tells what it used, so that this is kept as well.
 * @param {ServiceWorker} worker
 */
function reportUsed(worker) {
  if (navigator.serviceWorker.controller) {
    return;
  }
  const report = (/** @type {string[]} */ addresses) => {
    worker.postMessage({ kind: "keep", addresses: addresses.filter((each) => each.startsWith(SITE.href)) });
  };
  const resources = new PerformanceObserver((list) => report(list.getEntries().map(({ name }) => name)));
  resources.observe({ type: "resource", buffered: true });
  const reportApi = async () => {
    if (pageApi.state === "ready") {
      const manifest = await pageApi.manifest();
      const names = [...manifest.ways[way(manifest)], "stdlib", "site"];
      report(names.map((name) => new URL(`assets/vendor/page-api/${manifest.files[name].url}`, SITE).href));
    }
  };
  pageApi.addEventListener("state", reportApi);
  reportApi();
}

// The line at the foot -----------------------------------------------------------------------------------------------------

const WORDS = {
  hidden: "",
  off: "Not kept for offline reading.",
  loading: "Being kept for offline reading …",
  kept: "Available offline.",
};

/** @param {State} next */
function show(next) {
  state = next;
  for (const line of lines) {
    if (!line.isConnected) {
      lines.delete(line);
      continue;
    }
    line.textContent = `${WORDS[state]} `;
    if (state === "kept") {
      addButton(line, "nx-button nx-button--quiet", "Remove the offline copy", remove);
    } else if (state === "off") {
      addButton(line, "nx-button nx-button--quiet", `Keep it (${MEGABYTES} MB)`, keep);
    }
  }
}

async function remove() {
  refuse(true);
  await tell(registration?.active, "remove");
  show("off");
}

async function keep() {
  refuse(false);
  show("loading");
  await register().catch(() => show("hidden"));
  if (registration?.active) {
    show((await tell(registration.active, "fill")) ? "kept" : "off"); // the worker was still there, without its files
  }
}

/**
 * @param {ServiceWorker | null | undefined} worker
 * @param {"fill" | "hello" | "remove"} kind
 * @returns {Promise<boolean>} whether the worker's build is kept, once the worker has done it
 */
function tell(worker, kind) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker ? worker.postMessage({ kind }, [port2]) : resolve(false);
  });
}

function wantsLittleData() {
  return Boolean(/** @type {{connection?: {saveData?: boolean}}} */ (/** @type {unknown} */ (navigator)).connection?.saveData);
}

function isRefused() {
  try {
    return localStorage.getItem(REFUSED) !== null;
  } catch {
    return true; // blocked storage keeps nothing
  }
}

/** @param {boolean} isRefused */
function refuse(isRefused) {
  try {
    isRefused ? localStorage.setItem(REFUSED, "yes") : localStorage.removeItem(REFUSED);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

// A new edition --------------------------------------------------------------------------------------------------------------

const READY = "A new edition of this handbook is ready.";
const ELSEWHERE = "Another tab loaded a new edition of this handbook. This tab still shows the old one, whole.";

/** @type {HTMLElement | undefined} */
let notice;
let isReloading = false;

/** @param {string} sentence */
function announce(sentence) {
  if (!notice) {
    notice = addTo(document.body, "aside", "nx-edition", '<p role="status"></p>');
    addButton(notice, "nx-button", "Reload", loadNewEdition);
    addButton(notice, "nx-button nx-button--quiet", "Later", () => notice?.setAttribute("hidden", ""));
  }
  const { firstElementChild } = notice;
  const loss = pageApi.state === "ready" ? " Reloading undoes what you changed in the demo catalogue." : "";
  notice.hidden = false;
  setTimeout(() => firstElementChild?.replaceChildren(sentence + loss), 100); // a screen reader must meet it empty first
}

/** The waiting worker takes over, then this tab loads again. Other tabs keep their build until their reader reloads them. */
function loadNewEdition() {
  const waiting = registration?.waiting;
  if (!waiting) {
    location.reload();
    return;
  }
  isReloading = true;
  waiting.onstatechange = () => ["activated", "redundant"].includes(waiting.state) && location.reload();
  waiting.postMessage({ kind: "take-over" });
}
