// Loads the worker's program. Its name is the same in every build.
importScripts("./worker.js");
wasm_bindgen({ module_or_path: "./worker_bg.wasm" });
