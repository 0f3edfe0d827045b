/** The few elements that consoles and cells make. */

import { escapeHtml } from "./colour.js";

/**
 * @param {string} status
 * @param {string} reason
 * @param {string} kind first digit of the status
 */
export function statusBadge(status, reason, kind) {
  const badge = document.createElement("span");
  badge.className = `nx-status nx-status--${kind}`;
  badge.innerHTML = `<b>${status}</b> ${escapeHtml(reason)}`;
  return badge;
}

/**
 * What went wrong, to stand above an answer.
 * @param {string} status
 * @param {string} sentence
 */
export function failureBox(status, sentence) {
  const box = document.createElement("div");
  box.className = "nx-console__failure";
  box.append(statusBadge("", status, "0"));
  addTo(box, "p", "", escapeHtml(sentence));
  return box;
}

/** @param {string} html */
export function block(html) {
  return `<div class="highlight"><pre tabindex="0"><code>${html}</code></pre></div>`;
}

/**
 * @param {HTMLElement} parent
 * @param {string} tag
 * @param {string} classes
 * @param {string} html
 */
export function addTo(parent, tag, classes, html) {
  const element = document.createElement(tag);
  element.className = classes;
  element.innerHTML = html;
  parent.append(element);
  return element;
}

/**
 * @param {HTMLElement} parent
 * @param {string} classes
 * @param {string} label
 * @param {() => unknown} press
 */
export function addButton(parent, classes, label, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = classes;
  button.textContent = label;
  button.addEventListener("click", press);
  parent.append(button);
  return button;
}
