// Boots the packed API under Node, lets it answer once, and keeps its memory: node snapshot.mjs FOLDER ENVIRONMENT-JSON.
// The options `_makeSnapshot` and `_loadSnapshot` are Pyodide's own, private and bound to its exact build.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, environment] = process.argv.slice(2);
process.argv[1] = "/python"; // what Python takes for its own path; the memory that is kept must not name this machine's
const require = createRequire(`${folder}/npm/package.json`);
const { loadPyodide } = await import(pathToFileURL(require.resolve("pyodide/pyodide.mjs")).href);
const pyodide = await loadPyodide({
  env: JSON.parse(environment),
  stdLibURL: `${folder}/packed/stdlib.zip`,
  _makeSnapshot: true,
});
pyodide.FS.mkdirTree("/data/media");
pyodide.FS.writeFile("/site.zip", readFileSync(`${folder}/packed/site.zip`));
pyodide.runPython('import sys; sys.path.insert(0, "/site.zip")');
const browser = pyodide.pyimport("demo_api.nexus.browser");
browser.begin("http://localhost", new Uint8Array(readFileSync(`${folder}/packed/database.sqlite3`)));
browser.warm_up();
browser.destroy();
// What had to be imported for that: the least that a boot from zips must download first.
const imported = pyodide.runPython("import json; json.dumps([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)])");
writeFileSync(`${folder}/packed/imported.json`, imported);
pyodide.runPython("import gc; gc.collect()");
writeFileSync(`${folder}/packed/snapshot`, pyodide.makeMemorySnapshot());
