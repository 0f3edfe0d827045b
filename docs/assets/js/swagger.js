/**
 * Swagger UI inside the handbook, from files the site serves itself. It takes its scheme from the page, and its
 * requests go the way of all others (target.js): to the API in this page, or to a server.
 */

import { addPictures, forgetPictures, plural, showQueries } from "./answer.js";
import { addTo } from "./elements.js";
import { failure } from "./failure.js";
import { SITE } from "./site.js";
import { TargetBar } from "./target-bar.js";
import { base, send, targets } from "./target.js";

/** @typedef {import("./target.js").Answer} Answer */

const FILES = new URL("assets/vendor/swagger-ui/", SITE);

/** @param {ParentNode} page */
export function mountSwagger(page) {
  const place = /** @type {HTMLElement | null} */ (page.querySelector(".nx-swagger:not([data-mounted])"));
  if (place) {
    place.dataset.mounted = "";
    void show(place);
  }
}

/** @param {HTMLElement} place */
async function show(place) {
  const head = document.createElement("div");
  head.className = "nx-swagger__head";
  const ui = document.createElement("div");
  try {
    await Promise.all([stylesheet(place), script()]);
  } catch {
    place.prepend("Swagger UI could not be loaded. ");
    return;
  }
  place.replaceChildren(...place.querySelectorAll("link"), head, ui);
  fillHead(head);
  followScheme();
  const system = /** @type {any} */ (window).SwaggerUIBundle({
    domNode: ui,
    url: new URL(place.dataset.spec ?? "", SITE).href,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    tryItOutEnabled: false,
    validatorUrl: null,
    requestInterceptor: (/** @type {any} */ request) => Object.assign(request, request.loadSpec ? {} : { userFetch: transport }),
    plugins: [here, extras],
  });
  followTarget(place, system);
}

/** @param {HTMLElement} head */
function fillHead(head) {
  const said = addTo(head, "span", "nx-said", "");
  said.setAttribute("role", "status");
  new TargetBar(addTo(head, "div", "nx-target", ""), (sentence) => (said.textContent = sentence));
  addTo(
    head,
    "p",
    "nx-swagger__note",
    `For writes, run <b>Sign in</b> as <code>demo-staff</code> with <code>demo-staff-password</code>, then paste the
     token under <b>Authorize</b>.`,
  );
}

// The way of a request -------------------------------------------------------------------------------------------------

/** The last answer to each method and address, for what is shown below it. @type {Map<string, Answer>} */
const answers = new Map();

/**
 * What Swagger UI calls instead of `fetch`.
 * @param {string} url
 * @param {{method?: string, headers?: Record<string, string>, body?: any}} request
 * @returns {Promise<Response>}
 */
async function transport(url, { method = "GET", headers = {}, body }) {
  const fields = new Headers(headers);
  let content;
  if (body !== undefined && body !== null && body !== "") {
    const encoded = new Response(body); // a form gets its boundary here
    content = new Uint8Array(await encoded.arrayBuffer());
    if (!fields.has("Content-Type")) {
      fields.set("Content-Type", encoded.headers.get("Content-Type") ?? "application/octet-stream");
    }
  }
  try {
    const answer = await send({ method, url, headers: [...fields], body: content });
    answers.set(`${method.toLowerCase()} ${url}`, answer);
    return response(answer);
  } catch (error) {
    answers.delete(`${method.toLowerCase()} ${url}`);
    throw new Error(failure(error));
  }
}

/** @param {Answer} answer */
function response({ status, reason, headers, body }) {
  const hasNone = [204, 205, 304].includes(status);
  return new Response(hasNone ? null : /** @type {BodyInit} */ (body), { status, statusText: reason, headers });
}

// Plugins of Swagger UI (https://swagger.io/docs/open-source-tools/swagger-ui/customization/plugin-api/) ------------------

/** The document's server is the target, whatever the document says. */
function here() {
  return {
    statePlugins: {
      spec: {
        wrapActions: {
          updateJsonSpec: (/** @type {any} */ next) => (/** @type {any} */ spec) =>
            next({ ...spec, servers: [{ url: base() }] }),
        },
      },
    },
  };
}

/** Below each answer: the pictures it names, and the SQL that it ran. */
function extras() {
  return {
    wrapComponents: {
      liveResponse: (/** @type {any} */ Original, /** @type {any} */ { React }) => (/** @type {any} */ props) => {
        const answer = answers.get(`${props.method} ${props.response.get("url")}`);
        const fill = (/** @type {HTMLElement | null} */ element) => element && fillExtras(element, answer);
        return React.createElement(
          "div",
          null,
          React.createElement(Original, props),
          React.createElement("div", { className: "nx-console nx-swagger__extras", ref: fill }),
        );
      },
    },
  };
}

/** Which answer an element shows already: React calls often. @type {WeakMap<HTMLElement, Answer | undefined>} */
const shown = new WeakMap();

/**
 * @param {HTMLElement} element
 * @param {Answer | undefined} answer
 */
function fillExtras(element, answer) {
  if (shown.has(element) && shown.get(element) === answer) {
    return;
  }
  shown.set(element, answer);
  forgetPictures(element);
  element.replaceChildren();
  if (!answer) {
    return;
  }
  addPictures(element, answer);
  if (answer.trace) {
    const details = addTo(element, "details", "nx-swagger__sql", `<summary>SQL: ${plural(answer.trace.count)}</summary>`);
    showQueries(addTo(details, "div", "", ""), answer.trace);
  }
}

/**
 * Another target means another server in the document.
 * @param {HTMLElement} place
 * @param {any} system
 */
function followTarget(place, system) {
  const follow = () => {
    if (place.isConnected) {
      system.specActions.updateJsonSpec(system.specSelectors.specJson().toJS());
    } else {
      targets.removeEventListener("change", follow);
    }
  };
  targets.addEventListener("change", follow);
}

// Files ----------------------------------------------------------------------------------------------------------------

/**
 * Puts the stylesheet into the page's own part, so that it leaves with it.
 * @param {HTMLElement} place
 */
function stylesheet(place) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("swagger-ui.css", FILES).href;
    link.onload = resolve;
    link.onerror = reject;
    place.prepend(link);
  });
}

/** @type {Promise<unknown> | undefined} */
let loading;

function script() {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL("swagger-ui-bundle.js", FILES).href;
    element.onload = resolve;
    element.onerror = (error) => {
      loading = undefined; // so that coming back tries again
      reject(error);
    };
    document.head.append(element);
  });
  return loading;
}

// Light and dark -------------------------------------------------------------------------------------------------------

let following = false;

/** Swagger UI is dark under `html.dark-mode`; the theme writes its scheme on the body. */
function followScheme() {
  const apply = () =>
    document.documentElement.classList.toggle("dark-mode", document.body.dataset.mdColorScheme === "slate");
  apply();
  if (!following) {
    following = true;
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }
}
