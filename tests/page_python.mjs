// Boots the in-page API's Python under Node from its built files, as docs/assets/js/page-api/worker.js does in the page.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

/**
 * `folder` holds the files, `way` is snapshot or zip, `scratch` takes what Pyodide wants to read from files, and `core`
 * is the beginning of the names of the zips to boot from. Gives Pyodide, `demo_api.nexus.browser`, and how to unpack a
 * file.
 */
export async function boot(folder, way, scratch, core = "") {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const path = (name) => join(folder, manifest.files[name].url);
  const bytes = (name) => new Uint8Array(gunzipSync(readFileSync(path(name))));
  const snapshot = way === "snapshot" ? bytes("snapshot") : undefined;

  // Under Node, Pyodide reads these two from files, by these names.
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, "pyodide.asm.wasm"), bytes("wasm"));
  writeFileSync(join(scratch, "stdlib.zip"), bytes(`${core}stdlib`));
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
  pyodide.FS.writeFile("/site.zip", bytes(`${core}site`));
  if (!snapshot) {
    pyodide.pyimport("sys").path.insert(0, "/site.zip");
  }
  return { pyodide, browser: pyodide.pyimport("demo_api.nexus.browser"), bytes };
}
