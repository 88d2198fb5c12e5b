// Loads the trainer's program. Its name is the same in every build.
importScripts("./trainer.js");
// A worker's page hears of errors, but not of rejected promises, so the rejection becomes an error.
wasm_bindgen({ module_or_path: "./trainer_bg.wasm" }).catch((error) => setTimeout(() => { throw error; }));
