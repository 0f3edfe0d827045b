// Visits a page of the built handbook in a running Firefox, presses Run in its first console, and prints as JSON what
// came of it: `node firefox.mjs <ws address of Firefox> <address of the page>`. Firefox speaks WebDriver BiDi
// (https://w3c.github.io/webdriver-bidi/), and Node has a WebSocket of its own: no driver is needed.

const [socketAddress, pageAddress] = process.argv.slice(2);
const ANSWERS = 120_000; // milliseconds for the API to boot and answer

/** Firefox at the other end of a socket: commands with answers, and events. */
class Firefox {
  #lastId = 0;
  #waiting = new Map();
  #socket;

  constructor(socket, onEvent) {
    this.#socket = socket;
    socket.onclose = () => this.#waiting.forEach(({ reject }) => reject(new Error("Firefox closed the connection")));
    socket.onmessage = ({ data }) => {
      const { id, type, method, params, result, error, message } = JSON.parse(data);
      if (type === "event") {
        return onEvent(method, params);
      }
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      return type === "success" ? resolve(result) : reject(new Error(`${error}: ${message}`));
    };
  }

  send(method, params = {}) {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }
}

function connect(address) {
  const socket = new WebSocket(address);
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error(`Nothing listens at ${address}`));
  });
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// The visit -------------------------------------------------------------------------------------------------------------

const complaints = [];
const addresses = [];
const firefox = new Firefox(await connect(`${socketAddress}/session`), (method, params) => {
  if (method === "log.entryAdded" && params.level === "error") {
    complaints.push(params.text);
  } else if (method === "network.beforeRequestSent") {
    addresses.push(params.request.url);
  }
});
await firefox.send("session.new", { capabilities: {} });
const { userContext } = await firefox.send("browser.createUserContext"); // as fresh as a new profile
const { context } = await firefox.send("browsingContext.create", { type: "tab", userContext });
await firefox.send("session.subscribe", { events: ["log.entryAdded", "network.beforeRequestSent"] });
await firefox.send("browsingContext.navigate", { context, url: pageAddress, wait: "complete" });
await press("Run");
const state = await settled();
const [status, note, failure] = await Promise.all(
  [".nx-status", ".nx-console__note", ".nx-console__failure"].map((part) => text(`.nx-console ${part}`)),
);
console.log(JSON.stringify({ state, status, note, failure, complaints, addresses }));
await firefox.send("browser.removeUserContext", { userContext });
await firefox.send("session.end");
process.exit();

async function press(name) {
  const locator = { type: "accessibility", value: { role: "button", name } };
  const { nodes } = await firefox.send("browsingContext.locateNodes", { context, locator, maxNodeCount: 1 });
  const element = { type: "element", element: { sharedId: nodes[0].sharedId } };
  await evaluate("document.querySelector('.nx-console').scrollIntoView()");
  const actions = [
    { type: "pointerMove", x: 0, y: 0, origin: element },
    { type: "pointerDown", button: 0 },
    { type: "pointerUp", button: 0 },
  ];
  await firefox.send("input.performActions", { context, actions: [{ type: "pointer", id: "mouse", actions }] });
}

/** The state of the console once it stays: "answered" or "failed"; or where it stood when time was up. */
async function settled() {
  const end = Date.now() + ANSWERS;
  for (;;) {
    const state = await evaluate("document.querySelector('.nx-console').dataset.state");
    if (["answered", "failed"].includes(state) || Date.now() > end) {
      return state;
    }
    await pause(100);
  }
}

function text(selector) {
  return evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
}

async function evaluate(expression) {
  const { result, exceptionDetails } = await firefox.send("script.evaluate", {
    expression,
    target: { context },
    awaitPromise: true,
  });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.text);
  }
  return result.value;
}
