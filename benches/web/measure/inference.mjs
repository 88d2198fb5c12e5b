// The page's worker and onnxruntime-web compute the same network on the same rows in turn, with one
// thread each.

import { readFile } from "node:fs/promises";
import { floats, ids, read } from "../artifact.mjs";
import { network } from "../network.mjs";
import { median, middle } from "../stats.mjs";

const ROWS = 1024;
const TURNS = 21;
const REPEATS = 5;
const TOLERANCE = 1e-4;

export async function inference({ server, tab }) {
  const bytes = await readFile(process.env.SSIM_BENCH_ARTIFACT);
  const artifact = read(bytes);
  const fields = artifact.header.schema.fields.length;
  const few = Int32Array.from(ids(artifact).subarray(0, ROWS * fields));
  const files = {
    artifact: server.put("network.ssim", bytes),
    model: server.put("network.onnx", network(artifact)),
    ids: server.put("ids.bin", Buffer.from(few.buffer)),
  };
  return tab(async (page) => {
    await page.goto(`${server.url}/made/blank.html`);
    const golden = [...floats(artifact, "golden.logits").subarray(0, ROWS * artifact.header.model.towers)];
    const options = { rows: ROWS, fields, turns: TURNS, repeats: REPEATS, golden, tolerance: TOLERANCE, ...files };
    const race = ([url, options]) => import(url).then(({ race }) => race(options));
    const { ours, theirs, apart } = await page.evaluate(race, [`${server.url}/bench/race.js`, options]);
    console.error(`  onnxruntime-web's logits differ from ours by at most ${apart.toExponential(1)}`);
    return {
      ours_ms: middle(ours),
      theirs_ms: middle(theirs),
      inference_ratio: { value: median(ours.map((time, turn) => time / theirs[turn])) },
    };
  });
}
