// Loads what draws a live view. Beside the view, under a name that stays.
importScripts("./live.js");
// A broken promise is told to nobody outside a worker; an error is.
wasm_bindgen({ module_or_path: "./live_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
