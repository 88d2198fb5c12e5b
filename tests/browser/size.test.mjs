// The files that a reader downloads stay within their budgets. The limits are those of the benchmark, except for the worker:
// since it makes the pictures and the views that the page shows, it is above its budget of 500 kB, so that here it may only
// become smaller.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { dist } from "./browser.mjs";

const budgets = await readFile(new URL("../../crates/xtask/src/bench/budget.rs", import.meta.url), "utf8");
const held = { worker_kb: 575 };
const limit = (key) => held[key] ?? Number(budgets.match(new RegExp(`"${key}",[^(]*\\(([\\d.]+), "kB"\\)`))[1]);

/// Size of the files of the page that match, gzipped, in kB.
async function packed(pattern) {
  const names = (await readdir(dist)).filter((name) => pattern.test(name));
  assert.ok(names.length > 0, `no file matches ${pattern}`);
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(dist, name)), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size) / 1e3;
}

for (const [key, pattern] of [["page_kb", /^page-.*\.(js|wasm)$/], ["worker_kb", /^worker(_bg)?\.(js|wasm)$/]]) {
  test(`${key} is within its limit`, async (context) => {
    const size = await packed(pattern);
    context.diagnostic(`${size.toFixed(1)} of ${limit(key)} kB`);
    assert.ok(size <= limit(key), `${size.toFixed(1)} kB, and the limit is ${limit(key)} kB`);
  });
}
