// The times of the map with 100,000 rows: dragging the ratio, finding a point, drawing a lasso.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { read, repeated, write } from "../artifact.mjs";
import { drop, replied } from "../browser.mjs";
import { middle, tail } from "../stats.mjs";

const ROWS = 100_000;
// Frames are drawn at once and not 60 times per second, because times would be rounded to 17 ms
// otherwise.
const UNCLOCKED = ["--disable-frame-rate-limit", "--disable-gpu-vsync", "--run-all-compositor-stages-before-draw"];

export async function explore({ dist, server, opened }) {
  const demo = read(await readFile(join(dist, "demo.ssim")));
  const url = server.put("large.ssim", write(repeated(demo, ROWS)));
  return opened("#/explore", async (page) => {
    await drop(page, url, "large.ssim");
    await replied(page, "opened", 2);
    await page.getByText(`${ROWS.toLocaleString("en")} points drawn`).waitFor();
    const run = async ([url, what, times]) => (await import(url))[what](times);
    const time = (what, times) => page.evaluate(run, [`${server.url}/bench/map.js`, what, times]);
    const { painted, drawn } = await time("drag", 80);
    const { found, shown } = await time("pick", 200);
    return {
      drag_ms: tail(painted),
      drawn_ms: middle(drawn),
      pick_ms: middle(found),
      hover_ms: tail(shown),
      lasso_ms: middle(await time("lasso", 30)),
    };
  }, UNCLOCKED);
}
