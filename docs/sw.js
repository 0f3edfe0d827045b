/**
 * The handbook's service worker. It keeps whole builds of the site, and a page only ever gets files of its own build.
 *
 * Each build has a cache of its own, and each file is compared with the build's list before it is kept or shown. A host
 * that is half way through publishing can therefore not mix two builds: an install that meets a wrong file fails, and
 * the browser tries it again later. Decision 14 says why it is so.
 *
 * Without a list, as in this file before the build has written one into it, it ends what an earlier one left.
 */

/**
 * @typedef {object} Build
 * @property {string} id digest of the lists
 * @property {Record<string, string>} install SHA-256 of each file that is fetched at once, by its path
 * @property {Record<string, string>} keep the same of the files that are kept once a page has used them
 */

/** @type {Build} */
const BUILD = { id: "", install: {}, keep: {} }; // hub/offline.py puts the lists here

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SITE = new URL(worker.registration.scope);
const CACHES = `nexus:${SITE.pathname}:`; // other projects may share this origin
const NOTES = `${CACHES}notes`; // what this worker must remember while it sleeps
const LISTS = new URL("?lists", SITE).href; // where a build's cache holds its own lists
const NETWORK = "network"; // the "build" of a page that did not come from here
const AT_ONCE = 6; // downloads side by side
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

// Their names change with their content, so they may be shown while they arrive.
const NAMED_BY_CONTENT = /^assets\/vendor\/page-api\/.+\.[0-9a-f]{12}\.\w+$/;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(BUILD.id ? takeOver() : endAll()));
worker.addEventListener("fetch", (event) => handle(event));
worker.addEventListener("message", (event) => event.waitUntil(obey(event)));

/**
 * What a page asks for (docs/assets/js/offline.js). The answer tells whether this build is kept.
 * @param {ExtendableMessageEvent} event
 */
async function obey({ data: { kind, addresses }, ports: [port] }) {
  const orders = {
    fill: install,
    hello: forgetOldBuilds,
    keep: () => keepUsed(addresses),
    remove: endAll,
    "take-over": () => worker.skipWaiting(),
  };
  await orders[/** @type {keyof typeof orders} */ (kind)]().catch(() => {});
  port?.postMessage(await caches.has(CACHES + BUILD.id));
}

// A build comes and goes -----------------------------------------------------------------------------------------------

/** Fetches everything that is to be there at once. What an older build has already is copied; what is there stays. */
async function install() {
  const { id } = BUILD;
  if (!id) {
    return;
  }
  await caches.open(NOTES);
  const cache = await caches.open(CACHES + id);
  await cache.put(LISTS, Response.json(BUILD));
  for (const other of (await builds()).filter((other) => other !== id)) {
    await copyFrom(other, cache);
  }
  const there = new Set((await cache.keys()).map(({ url }) => url));
  const missing = Object.entries(BUILD.install).filter(([path]) => !there.has(address(path)));
  const fetchNext = async () => {
    for (let next = missing.pop(); next; next = missing.pop()) {
      const [path, digest] = next;
      const response = await verified(await fetch(address(path), { cache: "no-cache" }), digest);
      if (!response) {
        missing.length = 0;
        throw new Error(`${path} is not the file of this build; it will be tried again.`);
      }
      await cache.put(address(path), response);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
}

/**
 * Copies what is the same in both builds, used files included.
 * @param {string} id
 * @param {Cache} target
 */
async function copyFrom(id, target) {
  const build = await listsOf(id);
  for (const [path, digest] of Object.entries({ ...build?.install, ...build?.keep })) {
    const isSame = (BUILD.install[path] ?? BUILD.keep[path]) === digest;
    const kept = isSame && (await caches.match(address(path), { cacheName: CACHES + id }));
    if (kept && !(await target.match(address(path)))) {
      await target.put(address(path), kept);
    }
  }
}

/** Pages that are open now stay with the build that gave them; pages that open from now on get this one. */
async function takeOver() {
  known = undefined; // the worker before this one has written since this one began
  const before = await recall("active", BUILD.id);
  if (before !== BUILD.id) {
    for (const client of await worker.clients.matchAll({ includeUncontrolled: true, type: "all" })) {
      await assign(client.id, (await exceptions()).get(client.id) ?? before);
    }
  }
  await note("active", BUILD.id);
  await forgetOldBuilds();
}

/** Deletes the builds that came before this one, but for those that an open page still needs. */
async function forgetOldBuilds() {
  const others = await exceptions();
  const open = await worker.clients.matchAll({ includeUncontrolled: true, type: "all" });
  const ids = new Set(open.map(({ id }) => id));
  for (const [id, owner] of arriving) {
    const hasEnded = owner && !ids.has(owner); // a worker ends with its page, perhaps before anybody saw it
    if (ids.has(id) || hasEnded) {
      arriving.delete(id);
    } else {
      ids.add(id);
    }
  }
  const gone = [...others.keys()].filter((id) => !ids.has(id));
  gone.forEach((id) => others.delete(id));
  if (gone.length) {
    await note("exceptions", [...others]);
  }
  const all = await builds(); // in the order of their installation: later ones are not ours to delete
  const needed = new Set(others.values());
  const old = all.slice(0, Math.max(all.indexOf(BUILD.id), 0)).filter((id) => !needed.has(id));
  await Promise.all(old.map((id) => caches.delete(CACHES + id)));
}

/** Leaves nothing behind. Pages that are open go on with the network. */
async function endAll() {
  await worker.registration.unregister();
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHES));
  await Promise.all(names.map((name) => caches.delete(name)));
}

// Requests -------------------------------------------------------------------------------------------------------------

/**
 * Must decide at once whether a request is this worker's; what it leaves alone goes its way as if there were no worker.
 * @param {FetchEvent} event
 */
function handle(event) {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isOurs = origin === SITE.origin && pathname.startsWith(SITE.pathname);
  if (!BUILD.id || !isOurs || request.method !== "GET" || request.headers.has("range")) {
    return;
  }
  const path = pathname.slice(SITE.pathname.length).replace(/(^|\/)$/, "$1index.html");
  if (request.mode === "navigate") {
    event.respondWith(openPage(event, path));
  } else if (digestIn(BUILD, path) || known?.size !== 0) {
    event.respondWith(giveFile(event, path));
  }
}

/**
 * A page of this build; else whatever the host has there, and the build's own 404 page when the host is out of reach.
 * @param {FetchEvent} event
 * @param {string} path
 */
async function openPage(event, path) {
  const { request, resultingClientId } = event;
  if (LOOPBACK.test(SITE.hostname) && (await isReplaced())) {
    event.waitUntil(endAll());
    return fetch(request, { cache: "no-cache" });
  }
  event.waitUntil(forgetOldBuilds());
  if (digestIn(BUILD, `${path}/index.html`)) {
    const url = new URL(request.url);
    return Response.redirect(`${url.origin}${url.pathname}/${url.search}`, 301);
  }
  const page = await fromBuild(event, BUILD, path);
  if (page) {
    return page;
  }
  try {
    const response = await fetch(request, { cache: "no-cache" });
    if (response.ok) {
      await expectClient(resultingClientId, NETWORK); // a page of a newer build, perhaps: its files come from there too
    }
    return response;
  } catch {
    const missing = await caches.match(address("404.html"), { cacheName: CACHES + BUILD.id });
    return missing ? new Response(missing.body, { status: 404, headers: missing.headers }) : Response.error();
  }
}

/**
 * @param {FetchEvent} event
 * @param {string} path
 */
async function giveFile(event, path) {
  const { clientId, request, resultingClientId } = event;
  const id = (await exceptions()).get(clientId) ?? BUILD.id;
  if (resultingClientId && id !== BUILD.id) {
    await expectClient(resultingClientId, id, clientId); // a page's worker belongs to the page's build
  }
  if (id === NETWORK) {
    return fetch(request, { cache: "no-cache" }); // what the browser has may be older than the page
  }
  const build = id === BUILD.id ? BUILD : await listsOf(id);
  if (!build || !digestIn(build, path)) {
    return fetch(request);
  }
  return (await fromBuild(event, build, path)) ?? Response.error();
}

/**
 * A file as this build has it; nothing when it is not to be had.
 * @param {FetchEvent} event
 * @param {Build} build
 * @param {string} path
 */
async function fromBuild(event, build, path) {
  const digest = digestIn(build, path);
  const kept = digest && (await caches.match(address(path), { cacheName: CACHES + build.id }));
  if (kept || !digest) {
    return kept || undefined;
  }
  /** @type {[RequestInfo, RequestInit?]} */
  const asked = NAMED_BY_CONTENT.test(path) ? [event.request] : [address(path), { cache: "no-cache" }];
  const response = await fetch(...asked).catch(() => null);
  if (response?.ok && NAMED_BY_CONTENT.test(path)) {
    event.waitUntil(keep(build, path, response.clone()));
    return response;
  }
  const same = response && (await verified(response, digest));
  if (same) {
    event.waitUntil(keep(build, path, same.clone()));
  } else if (response) {
    event.waitUntil(worker.registration.update().catch(() => {})); // another build is being published
  }
  return same || undefined;
}

/**
 * Keeps what open pages loaded before there was a worker to see it. The browser's own cache has it, as a rule.
 * @param {string[]} addresses
 */
async function keepUsed(addresses) {
  for (const path of addresses.map((url) => new URL(url).pathname.slice(SITE.pathname.length))) {
    const isWanted = Object.hasOwn(BUILD.keep, path);
    if (isWanted && !(await caches.match(address(path), { cacheName: CACHES + BUILD.id }))) {
      const response = await fetch(address(path), { cache: "force-cache" }).catch(() => null);
      await (response && keep(BUILD, path, response));
    }
  }
}

/**
 * Puts a file into its build's cache, if it is the build's and the reader has not removed the cache.
 * @param {Build} build
 * @param {string} path
 * @param {Response} response
 */
async function keep(build, path, response) {
  try {
    const same = await verified(response, digestIn(build, path));
    if (same && (await caches.has(CACHES + build.id))) {
      await (await caches.open(CACHES + build.id)).put(address(path), same);
    }
  } catch {
    // The download broke off, or there is no room: it is fetched again when it is needed again.
  }
}

/**
 * The response with nothing but its content and type, or nothing when the content is not that of the list.
 * @param {Response} response
 * @param {string} digest
 */
async function verified(response, digest) {
  const bytes = response.ok ? await response.arrayBuffer() : new ArrayBuffer(0);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const text = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = { "Content-Type": response.headers.get("Content-Type") ?? "application/octet-stream" };
  return text === digest ? new Response(bytes, { headers }) : null;
}

/**
 * Whether something else answers at this address now. On a developer's machine a port is used by one project after
 * another, and by `nexus.py serve` and `nexus.py docs`, whose pages must never come from here.
 */
async function isReplaced() {
  const options = { cache: /** @type {const} */ ("no-store"), signal: AbortSignal.timeout(2000) };
  const response = await fetch(new URL("sw.js", SITE), options).catch(() => null);
  if (!response?.ok) {
    return response?.status === 404;
  }
  const isLive = response.headers.get("Server-Timing")?.includes("nexus-api");
  return isLive || !/^const BUILD = \{"id":"\w/m.test(await response.text());
}

// Memory ---------------------------------------------------------------------------------------------------------------

/** Pages and workers that get another build than this one: client id -> build id. @type {Map<string, string> | undefined} */
let known;

/** @returns {Promise<Map<string, string>>} */
async function exceptions() {
  known ??= new Map(await recall("exceptions", []));
  return known;
}
exceptions();

/** Clients that were given a build before they are there to be seen, each with its page. @type {Map<string, string>} */
const arriving = new Map();

/**
 * Gives a build to a client that is not there yet.
 * @param {string} client empty for what becomes no page, such as a download
 * @param {string} build
 * @param {string} [page] the page that a worker belongs to
 */
async function expectClient(client, build, page = "") {
  if (client) {
    arriving.set(client, page);
    await assign(client, build);
  }
}

/**
 * @param {string} client
 * @param {string} build
 */
async function assign(client, build) {
  const others = await exceptions();
  others.set(client, build);
  await note("exceptions", [...others]);
}

/**
 * @param {string} name
 * @param {any} otherwise
 */
async function recall(name, otherwise) {
  const noted = await caches.match(new URL(`?${name}`, SITE), { cacheName: NOTES });
  return noted ? noted.json() : otherwise;
}

/**
 * @param {string} name
 * @param {any} value
 */
async function note(name, value) {
  if (await caches.has(NOTES)) {
    await (await caches.open(NOTES)).put(new URL(`?${name}`, SITE), Response.json(value));
  }
}

/** The builds that have a cache, the oldest first. */
async function builds() {
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== NOTES);
  return names.map((name) => name.slice(CACHES.length));
}

/**
 * @param {string} id
 * @returns {Promise<Build | undefined>}
 */
async function listsOf(id) {
  return (await caches.match(LISTS, { cacheName: CACHES + id }))?.json();
}

/**
 * @param {Build} build
 * @param {string} path
 * @returns {string} empty when the build has no such file
 */
function digestIn({ install, keep }, path) {
  return Object.hasOwn(install, path) ? install[path] : Object.hasOwn(keep, path) ? keep[path] : "";
}

/** @param {string} path */
function address(path) {
  return new URL(path, SITE).href;
}
