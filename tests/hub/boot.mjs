// Boots the in-page API from its built files under Node, one way or the other, and asks it what a file holds:
// node boot.mjs FOLDER snapshot|zip BASE REQUESTS-JSON. The last line printed is the JSON of the answers.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [folder, way, base, asked] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const path = (name) => join(folder, manifest.files[name].url);
const bytes = (name) => new Uint8Array(gunzipSync(readFileSync(path(name))));
const snapshot = way === "snapshot" ? bytes("snapshot") : undefined;
const core = snapshot ? "" : "core-";

// Under Node, Pyodide reads these two from files, by these names.
const unpacked = dirname(asked);
writeFileSync(join(unpacked, "pyodide.asm.wasm"), bytes("wasm"));
writeFileSync(join(unpacked, "stdlib.zip"), bytes(`${core}stdlib`));

const { loadPyodide } = await import(pathToFileURL(path("loader")).href);
const { default: create } = await import(pathToFileURL(path("runtime")).href);
const pyodide = await loadPyodide({
  env: manifest.environment,
  lockFileContents: manifest.lock,
  indexURL: unpacked,
  stdLibURL: join(unpacked, "stdlib.zip"),
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
pyodide.FS.writeFile("/site.zip", bytes(`${core}site`));
if (!snapshot) {
  pyodide.runPython('import sys; sys.path.insert(0, "/site.zip")');
}
const browser = pyodide.pyimport("demo_api.nexus.browser");
browser.begin(base, bytes("database"));
if (!snapshot) {
  // As in the page: the whole zips follow, and take the place of the small ones.
  pyodide.FS.writeFile("/lib/python314.zip", bytes("stdlib"));
  pyodide.FS.writeFile("/site.zip", bytes("site"));
  pyodide.runPython("import importlib; importlib.invalidate_caches()");
}
const answers = JSON.parse(readFileSync(asked, "utf8")).map((request) => {
  const message = pyodide.toPy({ ...request, body: new TextEncoder().encode(request.body) });
  const answer = browser.handle(message).toJs({ dict_converter: Object.fromEntries });
  return { ...answer, body: new TextDecoder().decode(answer.body) };
});
console.log(`\n${JSON.stringify(answers)}`);
