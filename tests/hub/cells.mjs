// Runs programs and requests in the in-page API, booted under Node from its built files as worker.js does it:
// node cells.mjs FOLDER snapshot|zip SCRATCH-FOLDER. One question a line comes in and one answer a line goes out (JSON).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [folder, way, scratch] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const path = (name) => join(folder, manifest.files[name].url);
const bytes = (name) => new Uint8Array(gunzipSync(readFileSync(path(name))));
const snapshot = way === "snapshot" ? bytes("snapshot") : undefined;

// Under Node, Pyodide reads these two from files, by these names.
writeFileSync(join(scratch, "pyodide.asm.wasm"), bytes("wasm"));
writeFileSync(join(scratch, "stdlib.zip"), bytes("stdlib"));
const { loadPyodide } = await import(pathToFileURL(path("loader")).href);
const { default: create } = await import(pathToFileURL(path("runtime")).href);
const pyodide = await loadPyodide({
  env: manifest.environment,
  lockFileContents: manifest.lock,
  indexURL: scratch,
  stdLibURL: join(scratch, "stdlib.zip"),
  _loadSnapshot: snapshot,
  createPyodideModule: async (settings) => {
    const made = await create(settings);
    if (snapshot && made.HEAP8.length < snapshot.length) {
      made._malloc(snapshot.length);
    }
    return made;
  },
});
pyodide.FS.mkdirTree("/data/media");
pyodide.FS.writeFile("/site.zip", bytes("site"));
if (!snapshot) {
  pyodide.pyimport("sys").path.insert(0, "/site.zip");
}
const browser = pyodide.pyimport("demo_api.nexus.browser");
const seed = bytes("database");
browser.begin("https://reader.example/alx-project-nexus", seed);

// Python's None arrives as undefined.
const nulls = (_, value) => value ?? null;
const plain = (result) => result.toJs({ dict_converter: Object.fromEntries, create_pyproxies: false });
const handlers = {
  async run({ page, source }) {
    const written = [];
    const result = plain(await browser.run_cell(page, source, (text, stream) => written.push([text, stream])));
    return { ...result, written };
  },
  request({ body, ...message }) {
    const answer = plain(browser.handle(pyodide.toPy({ ...message, body: new TextEncoder().encode(body) })));
    return { ...answer, body: new TextDecoder().decode(answer.body) };
  },
  forget: ({ page }) => browser.forget(page),
  restore: () => browser.restore(seed),
  is_watched: () => pyodide.pyimport("tracemalloc").is_tracing(),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { kind, ...message } = JSON.parse(line);
  console.log(`answer ${JSON.stringify(await handlers[kind](message), nulls)}`);
}
