// A reader's journey, from the first look at the demo to a model of their own. SSIM_BIN: the native
// program, which must list the same rows as the page.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { alert, clean, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";

const run = promisify(execFile);
const ssim = (...args) => run(process.env.SSIM_BIN, args, { maxBuffer: 1 << 26 }).then((out) => out.stdout);

const pixels = async (page, nth = 0) => {
  const picture = await page.locator("canvas").nth(nth).evaluate((canvas) => canvas.toDataURL());
  return createHash("sha256").update(picture).digest("hex");
};
const number = (text) => Number(text.replaceAll(",", "").replace("−", "-").match(/-?[\d.]+/)[0]);
const settled = (page) => page.waitForTimeout(350);
const hashOf = (page) => page.evaluate(() => location.hash);
const go = (page, name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

/// Moves the ratio in many small steps, like a drag.
const dragRatio = (page, percent) =>
  page.getByLabel("Share ratio", { exact: true }).evaluate((slider, percent) => {
    const step = Math.sign(percent - slider.value);
    while (Number(slider.value) !== percent) {
      slider.value = Number(slider.value) + step;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }, percent);

const shared = (page) => page.locator(".legend tfoot td").first().innerText();
const selected = async (page) => number((await page.locator(".map .told").innerText()).match(/([\d,]+) selected/)[1]);

async function lasso(page) {
  const box = await page.locator(".map canvas").boundingBox();
  const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
  const corners = [at(0.45, 0.3), at(0.95, 0.35), at(0.9, 0.95), at(0.5, 0.9)];
  await page.mouse.move(...corners[0]);
  await page.mouse.down();
  for (const corner of [...corners.slice(1), corners[0]]) await page.mouse.move(...corner, { steps: 8 });
  await page.mouse.up();
}

test("a reader's journey", () =>
  withPage({}, async (page) => {
    // The story can be read without touching anything.
    await opened(page);
    for (const figure of await page.locator("article.step figure svg").all()) assert.ok(await figure.isVisible());
    assert.ok((await page.locator("article.step").count()) >= 5);

    // Dragging the ratio changes counts, matrix and points.
    await go(page, "Explore");
    await page.locator(".map canvas").waitFor();
    await dragRatio(page, 20);
    await settled(page);
    const before = [await shared(page), await page.locator("figure svg").first().innerHTML(), await pixels(page)];
    await dragRatio(page, 60);
    await settled(page);
    const after = [await shared(page), await page.locator("figure svg").first().innerHTML(), await pixels(page)];
    before.forEach((was, i) => assert.notEqual(after[i], was, ["counts", "matrix", "points"][i]));
    const [some, all] = (await shared(page)).split("/").map(number);
    assert.ok(Math.abs(some / all - 0.6) < 0.01, `${some} of ${all}`);

    // A lasso selects the rows that the command line finds by the lasso's rule.
    await lasso(page);
    await settled(page);
    const chosen = await selected(page);
    assert.ok(chosen > 20, `${chosen} selected`);
    const rule = await page.getByLabel("Selection, as a rule").inputValue();
    const file = join(dist, "demo.ssim");
    const told = JSON.parse(await ssim("rows", file, "--ratio", "0.6", "--by", "batch", "--rule", rule, "--json"));
    assert.equal(told.rows.length, chosen);
    const shown = await page.locator("table.rows tbody th").allInnerTexts();
    const known = new Set(told.rows.map((row) => String(row.row)));
    assert.ok(shown.length > 5 && shown.every((row) => known.has(row)), "the table shows rows of the rule");
    const listed = told.rows.filter((row) => row.shared > 0).length;
    const ofSelection = (await page.locator(".legend tfoot td").nth(1).innerText()).split("/").map(number);
    assert.deepEqual(ofSelection, [listed, chosen]);
    await shot(page, "explore-selected");

    // The link opens the same picture.
    const hash = await hashOf(page);
    const picture = await pixels(page);
    await page.reload();
    await page.locator(".map canvas").waitFor();
    await settled(page);
    assert.equal(await hashOf(page), hash);
    assert.equal(await pixels(page), picture, "the same picture after a reload");
    assert.equal(await selected(page), chosen);

    // A changed field changes the share score and the CTRs.
    await page.locator("table.rows tbody th button").first().click();
    await page.locator("#score").waitFor();
    const score = await page.locator("#score").innerText();
    const towers = await page.locator("table.towers td.bar-cell + td").allInnerTexts();
    const field = page.locator(".field input").nth(1);
    await field.fill("");
    await field.pressSequentially("1");
    await page.locator("datalist option").nth(1).waitFor({ state: "attached" });
    const other = await page.locator("datalist").nth(1).locator("option").evaluateAll((options, is) =>
      options.map((o) => o.value).find((v) => v !== is), await field.inputValue());
    await field.fill(other);
    await field.blur();
    await page.locator(".field.changed").waitFor();
    assert.notEqual(await page.locator("#score").innerText(), score);
    assert.notDeepEqual(await page.locator("table.towers td.bar-cell + td").allInnerTexts(), towers);
    await shot(page, "what-if-changed");

    // A first training runs to its end, and the next one is stopped.
    await go(page, "Train");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator("article.result").waitFor({ timeout: 120_000 });
    const auc = number(await page.locator("article.result dd.strong").first().innerText());
    assert.ok(auc > 0.4 && auc < 1, `test AUC ${auc}`);
    await shot(page, "trained");
    await page.getByLabel("Epochs").fill("50");
    await page.getByLabel("Epochs").blur();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText(/step \d+ of/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await settled(page);
    const paused = await page.locator(".going .told").innerText();
    await settled(page);
    assert.equal(await page.locator(".going .told").innerText(), paused, "a paused training stands still");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped. Nothing was kept.").waitFor();
    assert.equal(await page.locator("article.result").count(), 1);

    // Two lists are compared.
    await go(page, "Compare");
    const overlap = await page.locator("#overlap").innerText();
    assert.match(overlap, /Jaccard 0\.\d+/);
    const whole = await pixels(page);
    await page.getByLabel("Only rows that differ").check();
    await settled(page);
    assert.notEqual(await pixels(page), whole);
    await page.getByLabel("List B").selectOption("mt-s");
    await page.waitForFunction((was) => document.querySelector("#overlap").innerText !== was, overlap);
    assert.ok((await page.locator("table[aria-labelledby=here] tbody tr").count()) === 1, "the trained model is there");

    // A file that is no artifact changes nothing, and an artifact of one's own run opens.
    await drop(page, "broken.ssim", Buffer.from("not a model"));
    await alert(page).getByText("This is not a .ssim file.").waitFor();
    await alert(page).getByRole("button", { name: "Close" }).click();
    await page.locator("#overlap").waitFor();
    const folder = await mkdtemp(join(tmpdir(), "ssim-journey-"));
    try {
      const at = (name) => join(folder, name);
      await ssim("prepare", "synthetic", "--rows", "5000", "--out", at("data"));
      await ssim("fit", "--data", at("data"), "--preset", "demo", "--max-steps", "6", "--out", at("run"));
      await ssim("export", "--run", at("run"), "--out", at("mine.ssim"));
      await drop(page, "mine.ssim", await readFile(at("mine.ssim")));
      await page.getByText(/^mine\.ssim, /).waitFor();
      await go(page, "Story");
      await opened(page);
      assert.match(await page.locator(".badge").innerText(), /^matches the native program/);
    } finally {
      await rm(folder, { recursive: true });
    }
  }));

test("a lowest score, and every moment of the search, share what the command line shares", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ssim-moments-"));
  // Every moment of the demo shares as many rows, and the page has no control for such a search.
  const file = join(folder, "demo.ssim");
  const demo = await readFile(join(dist, "demo.ssim"));
  const moved = withHeader(demo, (own) => own.moments.forEach((moment, i) => (moment.cut += 0.02 * i)));
  await writeFile(file, moved);
  const change = (name, bytes) => (name === "demo.ssim" ? moved : bytes);
  await withPage({ hash: "#/explore", change }, async (page) => {
    await page.locator(".map canvas").waitFor();
    const listed = async () => number((await shared(page)).split("/")[0]);
    const rows = async (...args) => {
      const told = JSON.parse(await ssim("rows", file, ...args, "--json"));
      return told.rows.filter((row) => row.shared > 0).length;
    };
    const finished = await pixels(page);
    const lowest = page.getByLabel("Lowest score shared");
    const chosen = Number(await lowest.inputValue()) + 0.01;
    await lowest.fill(String(chosen));
    await lowest.blur();
    await settled(page);
    assert.equal(await listed(), await rows("--threshold", String(chosen)));

    const scrub = page.getByLabel("Search: the selector learns");
    const moments = Number(await scrub.getAttribute("max")) - 1;
    assert.ok(moments >= 5, `${moments} moments`);
    const seen = new Set();
    for (const moment of [1, Math.ceil(moments / 2), moments]) {
      await scrub.fill(String(moment));
      await settled(page);
      assert.equal(await listed(), await rows("--moment", String(moment)), `moment ${moment}`);
      assert.match(await page.locator("#moment-said").innerText(), /^step [\d,]+ of [\d,]+, temperature /);
      seen.add(await pixels(page));
    }
    assert.equal(seen.size, 3, "the points move");
    assert.ok(!seen.has(finished));
    await shot(page, "explore-moment");
    await clean(page);
    const picture = await pixels(page);
    await page.reload();
    await page.locator(".map canvas").waitFor();
    await settled(page);
    assert.equal(await pixels(page), picture, "the same moment after a reload");
    // After the last moment of the search the reader can set the ratio again.
    await scrub.fill(String(moments + 1));
    await dragRatio(page, 40);
    await settled(page);
    assert.equal(await listed(), await rows("--ratio", "0.4", "--by", "batch"));
  });
  await rm(folder, { recursive: true });
});

test("a taught selector is trained here", () =>
  withPage({ hash: "#/train" }, async (page) => {
    await page.locator(".going").waitFor();
    await page.getByLabel("List").selectOption("ssim+");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator("article.result").waitFor({ timeout: 120_000 });
    const result = page.locator("article.result");
    assert.match(await result.innerText(), /^ssim\+, 2 epochs/);
    const [precision] = (await result.getByText("%, ").first().innerText()).split(",").map(number);
    assert.ok(precision > 50 && precision <= 100, `precision ${precision}`);
  }));

test("a CSV of one's own is trained on", () =>
  withPage({}, async (page) => {
    await opened(page);
    const lines = ["click,tab,user,item"];
    for (let i = 0; i < 3000; i++) {
      const [user, item, tab] = [i % 23, (i * 7) % 31, ["home", "cart"][(i >> 3) % 2]];
      lines.push(`${(user + item) % 5 === 0 ? 1 : 0},${tab},u${user},i${item}`);
    }
    await drop(page, "mine.csv", Buffer.from(lines.join("\n") + "\n"));
    await page.getByLabel("Label column").waitFor();
    assert.equal(await page.getByLabel("Label column").inputValue(), "click");
    assert.equal(await page.getByLabel("Scenario column").inputValue(), "tab");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator("article.result").waitFor({ timeout: 120_000 });
    assert.match(await page.locator("article.result").innerText(), /mine\.csv: 3,000 rows read/);

    await page.getByLabel("Label column").selectOption("user");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await alert(page).getByText("mine.csv cannot be trained on.").waitFor();
  }));

test("by keyboard: the map moves, zooms and lets go of a selection", () =>
  withPage({ hash: "#/explore?s=scenario+%3D+2&u=1" }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await settled(page);
    assert.ok((await selected(page)) > 0);
    const first = await pixels(page);
    await canvas.focus();
    for (const key of ["ArrowRight", "+", "Escape"]) {
      await page.keyboard.press(key);
      await settled(page);
    }
    assert.notEqual(await pixels(page), first);
    assert.equal(await selected(page), 0);
    await page.keyboard.press("0");
    await settled(page);
    assert.equal(await hashOf(page), "#/explore?u=1");
  }));

test("a rule that is none says why", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    const rule = page.getByLabel("Selection, as a rule");
    await rule.fill("scenario = two");
    await rule.blur();
    await page.locator("#rule-error").getByText(/expected/).waitFor();
    await rule.fill("nothing > 1");
    await rule.blur();
    await page.locator("#rule-error").getByText(/nothing/).waitFor();
  }));

test("no WebGL is needed", () =>
  withPage({}, async (page) => {
    await page.addInitScript(() => {
      const real = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
      };
    });
    await page.goto(page.url().split("#")[0] + "#/explore");
    await page.reload();
    await page.locator(".map canvas").waitFor();
    await settled(page);
    assert.match(await page.locator(".map .told").innerText(), /^[1-9][\d,]* points drawn/);
  }));
