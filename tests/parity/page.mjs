// Boots the in-page API from its built files under Node, one way or the other, and lets a function of ours work with it:
// node page.mjs FILES snapshot|zip BASE FOLDER MODULE.FUNCTION. The module is a file in FOLDER; the function is called
// with that folder's place in the page. The last line printed is the JSON of what it gave.
import { join } from "node:path";
import { boot } from "../page_python.mjs";

const [files, way, base, folder, call] = process.argv.slice(2);
const packed = way === "zip";
const { pyodide, browser, bytes } = await boot(files, way, join(folder, `boot-${way}`), packed ? "core-" : "");
browser.begin(base, bytes("database"));
if (packed) {
  // As in the page: the whole zips follow, and take the place of the small ones.
  pyodide.FS.writeFile("/lib/python314.zip", bytes("stdlib"));
  pyodide.FS.writeFile("/site.zip", bytes("site"));
  pyodide.pyimport("importlib").invalidate_caches();
}
pyodide.FS.writeFile("/graphql.zip", bytes("graphql")); // the page loads it with the first request to it
browser.add_packages("/graphql.zip");
pyodide.FS.mkdirTree("/parity");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, "/parity");
pyodide.pyimport("sys").path.append("/parity");
// Node would print the minified line that threw, which is a megabyte long.
process.on("uncaughtException", (error) => {
  console.error(error?.message ?? String(error));
  process.exitCode = 1;
});
const [module, name] = call.split(".");
const given = pyodide.pyimport(module)[name]("/parity");
console.log(`\n${JSON.stringify(given?.toJs ? given.toJs({ dict_converter: Object.fromEntries }) : given)}`);
