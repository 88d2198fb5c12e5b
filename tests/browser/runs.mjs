// Files of runs on little logs that the native program makes. SSIM_BIN: the program.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/// Runs the program, and gives back what it prints.
export const ssim = (...args) => run(process.env.SSIM_BIN, args, { maxBuffer: 1 << 28 }).then((out) => out.stdout);

/// Numbers from 0 to 1 that follow from a seed.
export const random = (seed) => {
  let x = seed;
  return () => (x = (x * 16807) % 2147483647) / 2147483647;
};

/// A log of `k` scenarios of very different sizes.
function log(k) {
  const lines = ["tab,user,item,click"];
  const part = random(7);
  const next = (n) => Math.floor(n * part());
  for (let i = 0; i < 6000 + 40 * k; i++) {
    const [user, item] = [next(40), next(30)];
    // Every scenario has some rows, and some clicks.
    const own = i < 20 * k;
    const tab = own ? i % k : Math.floor(k * part() ** 2);
    const click = own ? Math.floor(i / k) % 3 === 0 : next(10) < (item % 5 === 0 ? 5 : 1);
    lines.push(`placement_${tab},${user},${item},${click ? 1 : 0}`);
  }
  return lines.join("\n") + "\n";
}

const SCHEMA = `label = "click"
scenario = "tab"
[[field]]
name = "user"
[[field]]
name = "item"
[split]
random = { train = 0.7, val = 0.1, test = 0.2 }
`;

/// A folder for files; `remove` removes it.
export async function workshop() {
  const folder = await mkdtemp(join(tmpdir(), "ssim-page-"));
  const at = (name) => join(folder, name);
  await writeFile(at("schema.toml"), SCHEMA);
  const logs = new Map();
  const prepared = (k) => {
    if (!logs.has(k)) {
      logs.set(k, (async () => {
        await writeFile(at(`${k}.csv`), log(k));
        await ssim("prepare", "table", "--input", at(`${k}.csv`), "--schema", at("schema.toml"), "--out", at(`d${k}`));
      })());
    }
    return logs.get(k);
  };
  return {
    at,
    remove: () => rm(folder, { recursive: true }),
    /// The bytes of `name`.ssim: a short run on a log of `k` scenarios.
    async make(name, k, ...settings) {
      await prepared(k);
      await ssim("fit", "--data", at(`d${k}`), "--preset", "demo", "--max-steps", "6", "--out", at(name), ...settings);
      await ssim("export", "--run", at(name), "--out", at(`${name}.ssim`));
      return readFile(at(`${name}.ssim`));
    },
  };
}
