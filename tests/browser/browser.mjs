// Shared by the browser tests: a browser, the built page behind a strict server, and a check of the
// console. SSIM_WEB_DIST: the built page. SSIM_CHROMIUM: the browser. SSIM_SHOTS: a folder for
// screenshots, if set.

import AxeBuilder from "@axe-core/playwright";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

export const dist = process.env.SSIM_WEB_DIST;
const shots = process.env.SSIM_SHOTS;
const WAIT = 30_000;
let browser;

before(async () => {
  assert.ok(dist, "SSIM_WEB_DIST names the built page");
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: process.env.SSIM_CHROMIUM, args: sandbox });
});
after(() => browser?.close());

/// Opens the page, runs `body`, and checks that the console has only messages that match
/// `expected`. `root` and `policed` are for pages that are not the project's own.
export async function withPage(options = {}, body) {
  const { root = dist, policed, hash = "", change, headers, ...more } = options;
  const server = await serve(root, { change, policed, headers });
  try {
    await visit(server.url + hash, more, (page) => body(page, server));
  } finally {
    await server.close();
  }
}

/// Opens a file from disk, and checks the console and that nothing outside the file is asked for.
export async function withFile(file, options, body) {
  const asked = [];
  const watched = (page) => page.on("request", (request) => asked.push(request.url()));
  await visit(pathToFileURL(file).href, { ...options, watched }, body);
  assert.deepEqual(asked.filter((url) => !/^(blob|data):/.test(url)), [pathToFileURL(file).href]);
}

async function visit(url, options, body) {
  const { width = 1280, scheme = "light", expected, watched, ...more } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, ...more });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  watched?.(page);
  const problems = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && problems.push(m.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await page.goto(url);
    await body(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(problems.filter((text) => !expected?.test(text)), [], "the console is clean");
}

export const badge = (page) => page.locator(".badge");
export const alert = (page) => page.getByRole("alert");
export const opened = (page) => badge(page).waitFor();
export const shot = async (page, name) => {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
};
export const drop = async (page, name, bytes) => {
  const base64 = Buffer.from(bytes).toString("base64");
  const data = await page.evaluateHandle(([name, base64]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return transfer;
  }, [name, base64]);
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
};
/// The bytes of an artifact after `change` has changed its JSON header. They have no checksums, as those of older versions.
export const withHeader = (bytes, change) => {
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  // The checksums are the last array.
  const sums = header.checksums?.data_offsets ?? [bytes.length - 8 - length];
  delete header.checksums;
  const own = JSON.parse(header.__metadata__.ssim);
  change(own);
  header.__metadata__.ssim = JSON.stringify(own);
  const text = Buffer.from(JSON.stringify(header));
  const begin = Buffer.alloc(8);
  begin.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([begin, text, bytes.subarray(8 + length, 8 + length + sums[0])]);
};

/// Checks that axe finds nothing, and that nothing is wider than the window. `guests` lists
/// findings that are excused because the markup is not ours: a rule, and the elements inside which
/// it may fail, `{ rule, inside }`.
export async function clean(page, guests = []) {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const found = [];
  for (const { id, nodes } of violations) {
    const theirs = guests.filter(({ rule }) => rule === id).map(({ inside }) => inside).join();
    for (const { target, html } of nodes) {
      const excused = theirs && (await page.locator(target[0]).first().evaluate((node, inside) => node.closest(inside), theirs));
      if (!excused) found.push([id, html]);
    }
  }
  assert.deepEqual(found, []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px wider than the window`);
}
