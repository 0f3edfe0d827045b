/** A text area over the printed text that it makes editable: the text behind gives it its height and its colours. */

/** The keys that run what is being edited, as they are written on this machine. */
export const RUN_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ Enter" : "Ctrl+Enter";

/** @param {KeyboardEvent} event */
export function isRunKey(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}

/**
 * @param {HTMLElement} source holds the printed text in a `pre`
 * @param {string} text
 * @param {string} label
 */
export function addTextarea(source, text, label) {
  source.classList.add("nx-editor");
  const pre = /** @type {HTMLElement} */ (source.querySelector("pre"));
  pre.removeAttribute("tabindex");
  pre.setAttribute("aria-hidden", "true");
  const area = document.createElement("textarea");
  area.value = text;
  area.spellcheck = false;
  area.autocapitalize = "off";
  area.setAttribute("autocomplete", "off");
  area.setAttribute("aria-label", label);
  source.append(area);
  return area;
}
