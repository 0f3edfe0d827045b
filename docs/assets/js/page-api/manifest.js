/**
 * What the in-page API needs: a browser that can run it, and the files that the build made of it.
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
 * @typedef {"snapshot" | "zip"} Way
 */

/** Where the build puts the files. */
export const FOLDER = new URL("assets/vendor/page-api/", SITE);
const PATIENCE = 30_000; // milliseconds

/** The API cannot run here; the message says why. */
export class Unsupported extends Error {}

/** Raises Unsupported when the browser lacks something that the API needs. */
export function checkBrowser() {
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

/**
 * The manifest as it stands on the server now. Rejects with Unsupported.
 * @returns {Promise<Manifest>}
 */
export async function readManifest() {
  const signal = AbortSignal.timeout(PATIENCE);
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
 * The way to boot: the snapshot where there is one. `?zip` in the page's address asks for the other way.
 * @param {Manifest} manifest
 * @returns {Way}
 */
export function way(manifest) {
  return manifest.ways.snapshot && !new URLSearchParams(location.search).has("zip") ? "snapshot" : "zip";
}

/**
 * The bytes that a way of booting downloads.
 * @param {Manifest} manifest
 * @param {Way} chosen
 */
export function sum(manifest, chosen) {
  return manifest.ways[chosen].reduce((bytes, name) => bytes + manifest.files[name].bytes, 0);
}

/**
 * The error of a boot in words that help: files that are gone, because the site was published anew, are the usual one.
 * @param {unknown} error
 * @param {Manifest} manifest
 */
export async function explained(error, manifest) {
  const now = await readManifest().catch(() => null);
  if (now && now.build !== manifest.build) {
    return new Error("The site was published anew while this page was open. Reload the page.");
  }
  const hint = navigator.onLine ? "" : " You are offline. Once it was loaded, it runs without a network.";
  return new Error(`The API for this page could not be loaded. ${error instanceof Error ? error.message : error}${hint}`);
}
