// Bundles editor.mjs with the modules it imports into FOLDER/packed/editor.mjs: node bundle.mjs FOLDER.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [folder] = process.argv.slice(2);
const modules = join(folder, "npm", "node_modules");
const license = readFileSync(join(modules, "prism-code-editor", "LICENSE"), "utf8");
const bundler = [
  "--liftoff-only", // for half a second of work, optimising the bundler's own code costs more than it saves
  join(modules, "esbuild-wasm", "bin", "esbuild"),
  fileURLToPath(new URL("editor.mjs", import.meta.url)),
  ...["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"],
  `--banner:js=/*! prism-code-editor\n${license}*/`,
  `--outfile=${join(folder, "packed", "editor.mjs")}`,
];
const done = spawnSync(process.execPath, bundler, { env: { ...process.env, NODE_PATH: modules }, stdio: "inherit" });
process.exitCode = done.status ?? 1;
