// The sizes of the files that a reader downloads.

import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export async function sizes({ dist }) {
  const names = await readdir(dist);
  const compressed = async (wanted) => {
    const files = names.filter((name) => wanted.test(name));
    if (files.length === 0) throw new Error(`${dist} has no ${wanted}`);
    const bytes = await Promise.all(files.map((name) => readFile(join(dist, name))));
    return { value: bytes.reduce((sum, b) => sum + gzipSync(b, { level: 9 }).length, 0) / 1e3 };
  };
  return {
    page_kb: await compressed(/^page-.*\.(js|wasm)$/),
    worker_kb: await compressed(/^worker_bg\.wasm$/),
    demo_mb: { value: (await stat(join(dist, "demo.ssim"))).size / 1e6 },
  };
}
