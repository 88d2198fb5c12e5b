// Loads the worker's program. Beside the page, under a name that stays.
importScripts("./worker.js");
wasm_bindgen({ module_or_path: "./worker_bg.wasm" });
