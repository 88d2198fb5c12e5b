// Loads the worker's program. Its name is the same in every build.
importScripts("./worker.js");
// A worker's page hears of errors, but not of rejected promises, so the rejection becomes an error.
wasm_bindgen({ module_or_path: "./worker_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
