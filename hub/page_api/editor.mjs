/**
 * What docs/assets/js/editor.js needs of the editor's library, bundled into one module by bundle.mjs: the editor, its
 * keys, and highlighting and indentation of Python.
 */

import { defaultKeymap } from "prism-code-editor/commands";
import "prism-code-editor/languages/python";
import "prism-code-editor/prism/languages/python";

export { createEditor } from "prism-code-editor";
export { editorCommands } from "prism-code-editor/commands";

/** The library's other keys stand in for habits of the browser, or for *Run*. */
const KEPT = ["Tab", "8+Tab", "Enter", "8+Enter", "Mod+/"]; // 8 is the shift key
export const keys = Object.fromEntries(KEPT.map((key) => [key, defaultKeymap[key]]));
