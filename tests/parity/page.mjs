// Boots the in-page API from its built files under Node, one way or the other, and lets a function of ours work with it:
// node page.mjs FILES snapshot|zip BASE FOLDER MODULE.FUNCTION. The module is a file in FOLDER; the function is called
// with that folder's place in the page. The last line printed is the JSON of what it gave.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [files, way, base, folder, call] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(files, "manifest.json"), "utf8"));
const path = (name) => join(files, manifest.files[name].url);
const bytes = (name) => new Uint8Array(gunzipSync(readFileSync(path(name))));
const snapshot = way === "snapshot" ? bytes("snapshot") : undefined;
const core = snapshot ? "" : "core-";

// Under Node, Pyodide reads these two from files, by these names.
const unpacked = join(folder, `boot-${way}`);
mkdirSync(unpacked, { recursive: true });
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
const sys = pyodide.pyimport("sys");
if (!snapshot) {
  sys.path.insert(0, "/site.zip");
}
const browser = pyodide.pyimport("demo_api.nexus.browser");
browser.begin(base, bytes("database"));
if (!snapshot) {
  // As in the page: the whole zips follow, and take the place of the small ones.
  pyodide.FS.writeFile("/lib/python314.zip", bytes("stdlib"));
  pyodide.FS.writeFile("/site.zip", bytes("site"));
  pyodide.pyimport("importlib").invalidate_caches();
}
pyodide.FS.writeFile("/graphql.zip", bytes("graphql")); // the page loads it with the first request to it
browser.add_packages("/graphql.zip");
pyodide.FS.mkdirTree("/parity");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, "/parity");
sys.path.append("/parity");
// Node would print the minified line that threw, which is a megabyte long.
process.on("uncaughtException", (error) => {
  console.error(error?.message ?? String(error));
  process.exitCode = 1;
});
const [module, name] = call.split(".");
const given = pyodide.pyimport(module)[name]("/parity");
console.log(`\n${JSON.stringify(given?.toJs ? given.toJs({ dict_converter: Object.fromEntries }) : given)}`);
