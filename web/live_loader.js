// Loads the worker that draws a live view. Its name is the same in every build.
importScripts("./live.js");
// A worker's page hears of errors, but not of rejected promises, so the rejection becomes an error.
wasm_bindgen({ module_or_path: "./live_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
