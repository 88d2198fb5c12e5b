// Loads the trainer's program. Its name is the same in every build.
importScripts("./trainer.js");
wasm_bindgen({ module_or_path: "./trainer_bg.wasm" });
