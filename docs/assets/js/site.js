/** Where this copy of the handbook stands: its own address, with a slash at its end. The API in the page stands there too. */
export const SITE = new URL("../../", import.meta.url);
