/** A button that opens a small menu (https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/). */

import { addButton, addTo } from "./elements.js";

let menus = 0;

/**
 * @param {HTMLElement} parent
 * @param {string} classes of the button
 * @param {string} label
 * @param {[string, () => unknown][]} items label and action
 * @returns {HTMLButtonElement}
 */
export function addMenu(parent, classes, label, items) {
  const button = addButton(parent, `${classes} nx-menu__button`, label, () => {});
  const list = addTo(parent, "div", "nx-menu", "");
  list.id = `nx-menu-${++menus}`;
  list.popover = "auto"; // closes with Escape and with a press outside, and is cut off by no frame
  list.setAttribute("role", "menu");
  list.setAttribute("aria-label", label);
  button.popoverTargetElement = list;
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  const buttons = items.map(([text, press]) => addItem(list, text, press));
  list.addEventListener("toggle", (event) => {
    const isOpen = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      place(list, button);
      buttons[0].focus();
    }
  });
  list.addEventListener("keydown", (event) => move(event, buttons));
  addEventListener("scroll", () => list.matches(":popover-open") && list.hidePopover(), { passive: true });
  return button;
}

/**
 * @param {HTMLElement} list
 * @param {string} text
 * @param {() => unknown} press
 */
function addItem(list, text, press) {
  const item = addButton(list, "nx-menu__item", text, () => {
    list.hidePopover();
    void press();
  });
  item.setAttribute("role", "menuitem");
  item.tabIndex = -1;
  return item;
}

/**
 * Below the button, and never outside the window.
 * @param {HTMLElement} list
 * @param {HTMLElement} button
 */
function place(list, button) {
  const { left, bottom, top } = button.getBoundingClientRect();
  const fitsBelow = bottom + list.offsetHeight < innerHeight;
  list.style.left = `${Math.max(4, Math.min(left, innerWidth - list.offsetWidth - 4))}px`;
  list.style.top = `${fitsBelow ? bottom + 2 : top - list.offsetHeight - 2}px`;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLButtonElement[]} buttons
 */
function move(event, buttons) {
  const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const last = buttons.length - 1;
  const next = { ArrowDown: here === last ? 0 : here + 1, ArrowUp: here <= 0 ? last : here - 1, Home: 0, End: last }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    buttons[next].focus();
  }
  event.stopPropagation(); // the theme's one-letter shortcuts
}
