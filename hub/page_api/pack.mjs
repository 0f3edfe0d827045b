// Runs pack.py in the page's own Python: node pack.mjs FOLDER, where FOLDER/site is compiled into FOLDER/packed.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const require = createRequire(`${folder}/npm/package.json`);
const { loadPyodide } = await import(pathToFileURL(require.resolve("pyodide/pyodide.mjs")).href);
// Columns of the code in tracebacks only underline source text, and there is none beside the compiled modules.
const pyodide = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONNODEBUGRANGES: "1" } });
mkdirSync(`${folder}/packed`, { recursive: true });
for (const [place, root] of [["/in", folder], ["/out", `${folder}/packed`]]) {
  pyodide.FS.mkdirTree(place);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, place);
}
pyodide.runPython(readFileSync(new URL("pack.py", import.meta.url), "utf8"));
