// The page in a real browser: opening files, damaged files, a missing worker, themes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { alert, badge, clean, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";

test("the demo opens, and the numbers are those of the native program", () =>
  withPage({}, async (page) => {
    await opened(page);
    assert.match(await badge(page).innerText(), /^matches the native program: largest difference (0|\de-\d+)/);
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);

    // Charts are images with a name for screen readers.
    const charts = page.locator("figure svg");
    assert.ok((await charts.count()) >= 1);
    assert.ok((await page.getByRole("img").count()) >= 1);
    const filled = charts.first().locator(".mark.c0.filled").last();
    const colour = await filled.evaluate((mark) => getComputedStyle(mark).fill);
    assert.equal(colour, "rgb(0, 114, 178)", "shared is filled, in the colour of the scenario");
    const squeezed = await charts.locator("rect.mark").evaluateAll((bars) =>
      bars.filter((bar) => Math.abs(bar.getBBox().width - bar.getAttribute("width")) > 0.5).length);
    assert.equal(squeezed, 0, "no rule of the page changes a chart");
  }));

test("rows: all of them in one table, the best scores first", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    const rows = page.locator("table.rows tbody tr:not(.space)");
    await rows.first().waitFor();
    const all = Number(await page.locator("table.rows").getAttribute("aria-rowcount"));
    assert.ok((await rows.count()) < 60 && all > 1000, "only lines near the seen ones are drawn");
    const scores = async () => (await rows.locator("td:nth-child(4)").allInnerTexts())
      .map((text) => Number(text.replace("−", "-").match(/-?[\d.]+$/)[0]));
    const top = await scores();
    assert.deepEqual(top, top.toSorted((a, b) => b - a));
    const best = await rows.first().innerText();
    await page.locator(".rows-frame").evaluate((frame) => (frame.scrollTop = frame.scrollHeight));
    await page.waitForFunction((best) =>
      document.querySelector("table.rows tbody tr:not(.space)").innerText !== best, best);
    assert.ok((await scores())[0] < top[0]);
    const lines = await page.locator("table.rows tbody").evaluate((body) => body.getBoundingClientRect().height);
    assert.ok(Math.abs(lines - 32 * all) < 32, `${all} lines are ${lines} px high`);
  }));

test("by keyboard alone", () =>
  withPage({}, async (page) => {
    await opened(page);
    const focused = () => page.evaluate(() => document.activeElement.innerText || document.activeElement.ariaLabel);
    const until = async (name) => {
      for (let i = 0; i < 40 && !(await focused())?.startsWith(name); i++) await page.keyboard.press("Tab");
      assert.ok((await focused()).startsWith(name), name);
    };
    await page.keyboard.press("Tab");
    assert.match(await focused(), /^Open file/);
    await until("System theme");
    await until("Explore");
    await page.keyboard.press("Enter");
    await page.locator(".map canvas").waitFor();
    await until("Box");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("button", { name: "Box" }).getAttribute("aria-pressed"), "true");
    await until("Map of");
  }));

test("files that cannot be shown say why, and the demo stays", () =>
  withPage({}, async (page) => {
    await opened(page);
    const demo = await readFile(join(dist, "demo.ssim"));
    const damaged = Buffer.from(demo);
    damaged.fill(0x7f, 8, 64);
    const cases = [
      ["photo.jpg", Buffer.from("\xff\xd8\xff\xe0 not a model", "latin1"), /not a \.ssim file/],
      ["empty.ssim", Buffer.alloc(0), /The file is empty/],
      ["cut.ssim", demo.subarray(0, demo.length - 1000), /cut off: [\d,]+ of [\d,]+ bytes/],
      ["damaged.ssim", damaged, /not a \.ssim file/],
      ["newer.ssim", withHeader(demo, (own) => (own.version = 3)), /version 3; this page reads version 2/],
      ["odd.ssim", withHeader(demo, (own) => (own.model.mlp[0] += 1)), /The file is damaged/],
    ];
    for (const [name, bytes, sentence] of cases) {
      await drop(page, name, bytes);
      await alert(page).getByText(sentence).waitFor();
      await alert(page).getByText("Still showing demo.ssim").waitFor();
      if (name === "newer.ssim") await shot(page, "failure");
    }
    await clean(page);

    await page.getByRole("button", { name: "Use the demo" }).click();
    await alert(page).getByRole("heading").waitFor({ state: "detached" });
    assert.match(await badge(page).innerText(), /^matches/);

    await drop(page, "mine.ssim", withHeader(demo, (own) => (own.schema.dataset = "my own <data>")));
    await page.getByRole("heading", { level: 2, name: "my own <data>" }).waitFor();
    assert.match(await page.locator(".file").innerText(), /^mine\.ssim, /);
  }));

test("a page without its demo says what to do, and opens a file", () =>
  withPage(
    { change: (name, bytes) => (name === "demo.ssim" ? null : bytes), expected: /404/ },
    async (page) => {
      await alert(page).getByText("There is no demo.ssim beside this page.").waitFor();
      await shot(page, "without-demo");
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Open file" }).click();
      await (await chooser).setFiles(join(dist, "demo.ssim"));
      await opened(page);
      await alert(page).waitFor({ state: "hidden" });
    },
  ));

test("a worker that is not there, or stops, is told", async () => {
  const gone = (name, bytes) => (name === "worker_loader.js" ? null : bytes);
  await withPage({ change: gone, expected: /404/ }, async (page) => {
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
  });
  await withPage({}, async (page) => {
    await opened(page);
    await page.workers()[0].evaluate(() => setTimeout(() => { throw new Error("boom"); }));
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
  });
});

test("the next request starts a stopped worker again", () =>
  withPage({}, async (page) => {
    await opened(page);
    await page.workers()[0].evaluate(() => setTimeout(() => { throw new Error("boom"); }));
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
    await page.getByRole("link", { name: "What-if" }).click();
    await page.locator("#score").waitFor();
  }));

test("a page whose program does not load says so", () =>
  withPage(
    { change: (name, bytes) => (name.endsWith(".wasm") ? null : bytes), expected: /./ },
    async (page) => page.getByText("The page's program could not be loaded.").waitFor(),
  ));

test("the theme is chosen, kept, and the system's otherwise", () =>
  withPage({ scheme: "dark" }, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await opened(page);
    assert.equal(await ground(), "rgb(11, 12, 14)");
    await page.getByLabel("Theme").selectOption("light");
    assert.equal(await ground(), "rgb(245, 246, 248)");
    await page.reload();
    await opened(page);
    assert.equal(await ground(), "rgb(245, 246, 248)");
    assert.equal(await page.getByLabel("Theme").inputValue(), "light");
  }));

test("the shell paints before the program is here", () =>
  withPage(
    { change: (name, bytes) => (name.endsWith(".js") ? Buffer.from("") : bytes), expected: /./ },
    async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      await shot(page, "shell");
    },
  ));
