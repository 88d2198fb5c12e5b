// Takes the measurements that `cargo xtask bench web` compares with its budgets, starts a Chromium
// for each, and prints one JSON object. Arguments are names of measurements; without arguments all
// are taken. SSIM_WEB_DIST: the built page. SSIM_CHROMIUM: the browser. SSIM_BENCH_ARTIFACT: the
// network for the inference benchmark.

import { cpus, loadavg } from "node:os";
import { setup } from "./browser.mjs";
import { explore } from "./measure/explore.mjs";
import { inference } from "./measure/inference.mjs";
import { paint } from "./measure/paint.mjs";
import { sizes } from "./measure/sizes.mjs";
import { train } from "./measure/train.mjs";
import { whatIf } from "./measure/what-if.mjs";

const all = { sizes, paint, explore, "what-if": whatIf, inference, train };
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(all);
const unknown = names.find((name) => !(name in all));
if (unknown) throw new Error(`there is no measurement "${unknown}": ${Object.keys(all).join(", ")}`);

const bench = await setup();
const measured = {};
try {
  for (const name of names) {
    console.error(`measuring: ${name}`);
    Object.assign(measured, await all[name](bench));
  }
} finally {
  await bench.close();
}
const [{ model }] = cpus();
const machine = `${cpus().length} × ${model.trim()}`;
console.log(JSON.stringify({ machine, browser: bench.version(), load: loadavg()[0], measured }));
