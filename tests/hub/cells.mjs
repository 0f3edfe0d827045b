// Runs programs and requests in the in-page API, booted under Node from its built files:
// node cells.mjs FOLDER snapshot|zip SCRATCH-FOLDER. One question a line comes in and one answer a line goes out (JSON).
import { createInterface } from "node:readline";
import { boot } from "../page_python.mjs";

const [folder, way, scratch] = process.argv.slice(2);
const { pyodide, browser, bytes } = await boot(folder, way, scratch);
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
