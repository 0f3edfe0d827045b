/**
 * GraphiQL inside the handbook, from files the site serves itself. It knows the schema from the build, so nothing loads
 * before the reader runs something; its requests go the way of all others (target.js).
 */

import { token } from "./accounts.js";
import { addPictures, duration, forgetPictures, plural, showQueries } from "./answer.js";
import { addTo } from "./elements.js";
import { failure } from "./failure.js";
import { SITE } from "./site.js";
import { TargetBar } from "./target-bar.js";
import { base, send } from "./target.js";

/** @typedef {import("./target.js").Answer} Answer */

const FILES = new URL("assets/vendor/graphiql/", SITE);
const ACCOUNTS = { customer: ["demo", "demo-password"], staff: ["demo-staff", "demo-staff-password"] };
const KEYS = `nexus:graphiql:${SITE.pathname}:`; // other projects of one owner may share this origin

/** The GraphiQL of the page that is shown; the theme swaps pages without loading them anew. @type {Room | null} */
let shown = null;

/** @param {ParentNode} page */
export function mountGraphiql(page) {
  if (shown && !shown.place.isConnected) {
    shown.leave();
    shown = null;
  }
  const place = /** @type {HTMLElement | null} */ (page.querySelector(".nx-graphiql:not([data-mounted])"));
  if (place) {
    place.dataset.mounted = "";
    shown = new Room(place);
    void shown.enter();
  }
}

class Room {
  /** @type {any} */
  root = null;
  scheme = new MutationObserver(() => this.render());

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.first = place.querySelector(".nx-console__source code")?.textContent?.trim() ?? "";
    // The theme's one-letter shortcuts are not meant for text being typed.
    place.addEventListener("keydown", (event) => event.stopPropagation());
    place.addEventListener("click", staysHere);
  }

  async enter() {
    try {
      const [schema] = await Promise.all([readSchema(), stylesheet(this.place), scripts()]);
      this.schema = schema;
    } catch {
      this.place.prepend("GraphiQL could not be loaded. ");
      return;
    }
    this.build();
    const { ReactDOM } = /** @type {any} */ (window);
    this.root = ReactDOM.createRoot(this.ui);
    this.render();
    this.scheme.observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  leave() {
    this.scheme.disconnect();
    this.root?.unmount();
  }

  build() {
    const head = document.createElement("div");
    head.className = "nx-graphiql__head";
    this.ui = document.createElement("div");
    this.ui.className = "nx-graphiql__ui";
    this.below = document.createElement("div");
    this.below.className = "nx-console nx-graphiql__extras";
    this.place.replaceChildren(...this.place.querySelectorAll("link"), head, this.ui, this.below);
    const said = addTo(head, "span", "nx-said", "");
    said.setAttribute("role", "status");
    this.said = said;
    new TargetBar(addTo(head, "div", "nx-target", ""), (sentence) => (said.textContent = sentence));
    const label = addTo(head, "label", "nx-target__choice", "Signed in as ");
    const options = ["nobody", ...Object.keys(ACCOUNTS)].map((name) => `<option>${name}</option>`).join("");
    this.account = /** @type {HTMLSelectElement} */ (addTo(label, "select", "nx-target__select", options));
  }

  render() {
    const { React, GraphiQL } = /** @type {any} */ (window);
    const isDark = document.body.dataset.mdColorScheme === "slate";
    this.root?.render(
      React.createElement(GraphiQL, {
        fetcher: (/** @type {any} */ asked) => this.fetch(asked),
        defaultQuery: this.first,
        storage,
        forcedTheme: isDark ? "dark" : "light",
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
        defaultEditorToolsVisibility: "variables",
      }),
    );
  }

  /**
   * What GraphiQL calls instead of `fetch`.
   * @param {{query: string, variables?: object, operationName?: string}} asked
   */
  async fetch(asked) {
    if (asked.operationName === "IntrospectionQuery") {
      return { data: this.schema }; // GraphiQL's own first question: asking the API would load it
    }
    this.showExtras(null);
    try {
      const answer = await this.ask(asked);
      this.showExtras(answer);
      return JSON.parse(new TextDecoder().decode(answer.body));
    } catch (error) {
      return { errors: [{ message: failure(error) }] };
    }
  }

  /**
   * @param {{query: string, variables?: object, operationName?: string}} asked
   * @returns {Promise<Answer>}
   */
  async ask({ query, variables, operationName }) {
    /** @type {[string, string][]} */
    const headers = [["Content-Type", "application/json"]];
    const account = /** @type {Record<string, string[]>} */ (ACCOUNTS)[this.account?.value ?? ""];
    if (account) {
      headers.push(["Authorization", `Bearer ${await token(account[0], account[1], new AbortController().signal)}`]);
    }
    const body = new TextEncoder().encode(JSON.stringify({ query, variables, operationName }));
    return send({ method: "POST", url: `${base()}/graphql/`, headers, body });
  }

  /**
   * Below the answer: the pictures it names, and the SQL that it ran.
   * @param {Answer | null} answer
   */
  showExtras(answer) {
    const below = /** @type {HTMLElement} */ (this.below);
    forgetPictures(below);
    below.replaceChildren();
    if (!answer) {
      return;
    }
    addPictures(below, answer);
    const took = `Answered ${answer.status} ${answer.reason} in ${duration(answer.milliseconds)}`;
    if (answer.trace) {
      const summary = `<summary>${took}. SQL: ${plural(answer.trace.count)}</summary>`;
      showQueries(addTo(addTo(below, "details", "nx-graphiql__sql", summary), "div", "", ""), answer.trace);
    } else {
      addTo(below, "p", "nx-console__note", `${took}.`);
    }
    /** @type {HTMLElement} */ (this.said).textContent = `${took}.`;
  }
}

/**
 * The links of GraphiQL's documentation lead to "#": the theme would take them for the page's own and load it anew.
 * @param {MouseEvent} event
 */
function staysHere(event) {
  if (event.target instanceof Element && event.target.closest('a[href="#"]')) {
    event.stopPropagation();
  }
}

// Files ----------------------------------------------------------------------------------------------------------------

/** The schema as the build wrote it: the result of an introspection. */
async function readSchema() {
  const response = await fetch(new URL("schema.json", FILES));
  if (!response.ok) {
    throw new Error(`schema.json was answered with ${response.status}`);
  }
  return response.json();
}

/**
 * Puts the stylesheet into the page's own part, so that it leaves with it.
 * @param {HTMLElement} place
 */
function stylesheet(place) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("graphiql.css", FILES).href;
    link.onload = resolve;
    link.onerror = reject;
    place.prepend(link);
  });
}

/** @type {Promise<void> | undefined} */
let loading;

/** React, its renderer, and GraphiQL, in this order: each needs the one before. */
function scripts() {
  loading ??= ["react.js", "react-dom.js", "graphiql.js"]
    .reduce((before, name) => before.then(() => script(name)), Promise.resolve())
    .catch((error) => {
      loading = undefined; // so that coming back tries again
      throw error;
    });
  return loading;
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
function script(name) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL(name, FILES).href;
    element.onload = () => resolve();
    element.onerror = reject;
    document.head.append(element);
  });
}

// Storage --------------------------------------------------------------------------------------------------------------

/** What GraphiQL keeps (tabs, history, sizes), under names of our own. Blocked storage keeps nothing. */
const storage = {
  /** @param {string} key */
  getItem: (key) => attempt(() => localStorage.getItem(KEYS + key)),
  /** @param {string} key @param {string} value */
  setItem: (key, value) => attempt(() => localStorage.setItem(KEYS + key, value)),
  /** @param {string} key */
  removeItem: (key) => attempt(() => localStorage.removeItem(KEYS + key)),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  /** @param {number} index */
  key: (index) => ownKeys()[index]?.slice(KEYS.length) ?? null,
  get length() {
    return ownKeys().length;
  },
};

/** @returns {string[]} */
function ownKeys() {
  return attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(KEYS))) ?? [];
}

/**
 * @template Value
 * @param {() => Value} ask
 * @returns {Value | null}
 */
function attempt(ask) {
  try {
    return ask();
  } catch {
    return null;
  }
}
