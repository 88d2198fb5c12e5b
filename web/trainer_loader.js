// Loads the trainer's program. Beside the page, under a name that stays.
importScripts("./trainer.js");
wasm_bindgen({ module_or_path: "./trainer_bg.wasm" });
