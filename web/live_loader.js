// Loads what draws a live view. Beside the view, under a name that stays.
importScripts("./live.js");
wasm_bindgen({ module_or_path: "./live_bg.wasm" });
