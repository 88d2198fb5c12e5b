// A worker that ends without a word is noticed, and so are a damaged byte and a file that no browser can hold.

import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { alert, badge, dist, drop, opened, withHeader, withPage } from "./browser.mjs";

const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
/// Ends the worker whose script has this name, as the browser does for want of memory: no error is reported.
const end = (page, script) => page.workers().find((worker) => worker.url().endsWith(script)).evaluate(() => self.close()).catch(() => {});
/// Opens the page with a clock that the test can move on.
const withClock = (options, body) =>
  withPage(options, async (page, server) => {
    await page.clock.install();
    await page.reload();
    await opened(page);
    await body(page, server);
  });

/// The menu of the rows to train on.
const rowsOf = (page) => page.locator("label.choice", { has: page.getByText("Rows", { exact: true }) }).locator("select");

test("What-if is answered by a new worker if the first one has ended", () =>
  withClock({}, async (page) => {
    await end(page, "worker_loader.js");
    await to(page, "#/what-if");
    await page.getByLabel("Row of the log").waitFor();
    assert.equal(await page.locator("#score").count(), 0);
    await page.clock.runFor(31_000);
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
    await alert(page).getByText("has not answered for 30 seconds").waitFor({ state: "attached" });
    await alert(page).getByRole("button", { name: "Try again" }).waitFor();
    await page.locator("#score").waitFor();
  }));

test("a training whose worker has ended can be tried again", () =>
  withClock({}, async (page) => {
    await to(page, "#/train");
    await rowsOf(page).selectOption("50000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator(".going .told").getByText(/step/).waitFor();
    await end(page, "trainer_loader.js");
    await page.clock.runFor(31_000);
    await alert(page).getByText("The worker that trains has stopped.").waitFor();
    await rowsOf(page).selectOption("sample");
    await alert(page).getByRole("button", { name: "Try again" }).click();
    await page.clock.runFor(1000);
    await page.getByText("Done. The result is below.").waitFor();
  }));

test("a paused training owes nothing", () =>
  withClock({}, async (page) => {
    await to(page, "#/train");
    await rowsOf(page).selectOption("50000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator(".going .told").getByText(/step/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.clock.runFor(90_000);
    assert.equal(await alert(page).getByRole("heading").count(), 0);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped. Nothing was kept.").waitFor();
  }));

test("a worker whose program is missing says so", () =>
  withPage(
    { change: (name, bytes) => (name === "trainer_bg.wasm" ? null : bytes), expected: /404|wasm/i, hash: "#/train" },
    async (page) => {
      await page.locator(".going").waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await alert(page).getByText("The worker that trains has stopped.").waitFor();
    },
  ));

test("one damaged byte anywhere is noticed", () =>
  withPage({}, async (page) => {
    await opened(page);
    const demo = await readFile(join(dist, "demo.ssim"));
    const length = Number(demo.readBigUInt64LE());
    const { __metadata__, ...arrays } = JSON.parse(demo.subarray(8, 8 + length).toString());
    assert.ok(__metadata__ && arrays.checksums, "the demo has checksums");
    const weights = Object.keys(arrays).filter((name) => /^(variant|model|moment|sample|golden)\./.test(name));
    const some = weights.filter((_, i) => i % Math.ceil(weights.length / 12) === 0);
    for (const [i, name] of some.entries()) {
      const damaged = Buffer.from(demo);
      const [from, to] = arrays[name].data_offsets;
      damaged[8 + length + ((from + to) >> 1)] ^= 1;
      await drop(page, `flip${i}.ssim`, damaged);
      await alert(page).getByText("The file is damaged.").waitFor();
      await alert(page).getByText(new RegExp(`array "${name.replaceAll(".", "\\.")}".*damaged`)).waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Close" }).click();
    }
  }));

test("the badge promises less for a file without checksums", () =>
  withPage({}, async (page) => {
    await opened(page);
    assert.match(await badge(page).innerText(), /^matches the native program/);
    await drop(page, "old.ssim", withHeader(await readFile(join(dist, "demo.ssim")), () => {}));
    await page.locator(".file").getByText(/^old\.ssim/).waitFor();
    assert.match(await badge(page).innerText(), /^compared predictions match .* no checksums/);
  }));

test("a file of 2 GB says why it cannot be opened, and what to do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ssim-large-"));
  try {
    for (const [name, advice] of [["large.ssim", /ssim export --sample/], ["large.csv", /ssim fit/]]) {
      // A file without content takes no place on the disk.
      const file = await open(join(folder, name), "w");
      await file.truncate(2_000_000_000);
      await file.close();
      await withPage({}, async (page) => {
        await opened(page);
        await page.locator("input[type=file]").setInputFiles(join(folder, name));
        await alert(page).getByText(`${name} is too large for a browser's memory: 2.0 GB, and this page reads at most 1 GB.`).waitFor();
        await alert(page).getByText(advice).waitFor();
        await alert(page).getByText("Still showing demo.ssim").waitFor();
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a live picture says when its worker has ended", () =>
  withPage({}, async (page, server) => {
    await page.clock.install();
    await page.goto(`${server.url}view.html#artifact=demo.ssim&view=map`);
    await page.locator("#picture svg").waitFor();
    await end(page, "live_loader.js");
    await page.locator("#controls input[type=range]").first().fill("30");
    await page.clock.runFor(61_000);
    await page.getByText("The program that draws has stopped.").waitFor();
  }));
