/**
 * The files that the build made of the API (hub/page_api), as the worker gets them. Each piece that arrives is reported
 * to the page.
 */

/** @typedef {import("./manifest.js").Manifest} Manifest */

/** The smallest zip there is: an end record and nothing before it. */
export const EMPTY_ZIP = new Uint8Array([0x50, 0x4b, 5, 6, ...Array(18).fill(0)]);

/** @param {Uint8Array} bytes */
export function objectUrl(bytes) {
  return URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)]));
}

/**
 * @param {Manifest} manifest
 * @param {string} folder
 */
export function downloader(manifest, folder) {
  return async (/** @type {string} */ name) => {
    const stream = await download(name, manifest, folder);
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
}

/**
 * @param {string} name
 * @param {Manifest} manifest
 * @param {string} folder
 */
export async function module(name, manifest, folder) {
  const { url, bytes } = manifest.files[name];
  const loaded = await import(new URL(url, folder).href);
  self.postMessage({ progress: bytes, name });
  return loaded;
}

/**
 * Pyodide fetches its WebAssembly itself, by one address: there it gets the packed file, unpacked while it arrives.
 * @param {string} address
 * @param {Manifest} manifest
 * @param {string} folder
 */
export async function handOver(address, manifest, folder) {
  const original = self.fetch;
  const wasm = download("wasm", manifest, folder);
  self.fetch = async (input, options) =>
    String(input) === address
      ? new Response(await wasm, { headers: { "Content-Type": "application/wasm" } })
      : original(input, options);
  await wasm;
}

/**
 * A file's bytes, unpacked, while they arrive. Each piece is reported to the page.
 * @param {string} name
 * @param {Manifest} manifest
 * @param {string} folder
 */
async function download(name, manifest, folder) {
  const { url } = manifest.files[name];
  const response = await fetch(new URL(url, folder)).catch(() => null);
  if (!response?.ok || !response.body) {
    throw new Error(`${url} ${response ? `was answered with ${response.status}` : "did not arrive"}.`);
  }
  const counted = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      self.postMessage({ progress: chunk.length, name });
      controller.enqueue(chunk);
    },
  });
  return response.body.pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
}
