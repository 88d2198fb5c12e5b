// Statements about rows and metrics hold on every page: a row is shared everywhere or nowhere, and a
// metric is shown only where it was measured.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { clean, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";

const settled = (page) => page.waitForTimeout(350);
const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
const hashOf = (page) => page.evaluate(() => location.hash);
const shared = (page) => page.locator(".legend tbody td").allInnerTexts();

test("What-if says of a row what Explore says", () =>
  withPage({}, async (page) => {
    await opened(page);
    for (const choice of ["r=0.3&k=scenario", "r=0.3&k=batch", "r=0.7&k=global", "t=0.5", "l=ssim-r&r=0.5&k=scenario"]) {
      await to(page, `#/explore?${choice}&s=${encodeURIComponent("scenario = 1 & score > 0.4 & score < 0.7")}&u=1`);
      await page.locator("table.rows tbody th button").first().waitFor();
      await settled(page);
      const lines = page.locator("table.rows tbody tr:not(.space)");
      const told = new Map();
      for (let i = 0; i < 12; i += 4) {
        const line = lines.nth(i);
        told.set(await line.locator("th").innerText(), /shared/.test(await line.locator("td").nth(2).textContent()));
      }
      for (const [row, is] of told) {
        await page.getByRole("button", { name: row, exact: true }).click();
        await page.waitForFunction((row) => document.querySelector("input[inputmode=numeric]")?.value === row, row);
        await page.locator("#verdict").waitFor();
        await settled(page);
        const verdict = await page.locator("#verdict").innerText();
        assert.equal(verdict, is ? "shared with every tower" : "private to its scenario", `row ${row} at ${choice}`);
        await page.goBack();
        await lines.first().waitFor();
      }
    }
  }));

test("the run's own cut and list are the start, and other cuts have no metrics", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    await opened(page).catch(() => {});
    await page.locator(".legend tbody td").first().waitFor();
    const card = page.locator(".cards dl").first();
    const pool = page.getByLabel("Best of");
    assert.equal(await pool.inputValue(), "batch");
    assert.doesNotMatch(await card.innerText(), /AUC\s+–/);
    await page.locator("#unmeasured").waitFor({ state: "detached" });
    const before = await shared(page);
    await pool.selectOption("scenario");
    await settled(page);
    assert.notDeepEqual(await shared(page), before);
    assert.match(await card.innerText(), /AUC\s+–/);
    assert.match(await page.locator("#unmeasured").innerText(), /not measured .* best of each batch/);
    await shot(page, "unmeasured");
    await pool.selectOption("batch");
    assert.doesNotMatch(await card.innerText(), /AUC\s+–/);
    await to(page, "#/explore?t=-0.6&u=1");
    await page.locator("#unmeasured").waitFor();
    assert.match(await card.innerText(), /AUC\s+–/);
    // Lists of all rows or none are the same in every pool.
    await to(page, "#/explore?l=mt&k=scenario&u=1");
    await page.locator("#unmeasured").waitFor({ state: "detached" });
    assert.doesNotMatch(await card.innerText(), /AUC\s+–/);

    const demo = await readFile(join(dist, "demo.ssim"));
    await drop(page, "by.ssim", withHeader(demo, (own) => (own.report.share.by = "scenario")));
    await page.locator(".file").getByText("by.ssim").waitFor();
    await settled(page);
    assert.equal(await pool.inputValue(), "scenario");
    await page.locator("#unmeasured").waitFor({ state: "detached" });
    assert.doesNotMatch(await card.innerText(), /AUC\s+–/);
    const parts = (await shared(page)).map((text) => text.replaceAll(",", "").split(" / ").map(Number));
    for (const [some, all] of parts) assert.ok(Math.abs(some / all - 0.7) < 0.01, `${some} of ${all}`);

    await page.getByLabel("Best of").selectOption("global");
    await page.getByRole("button", { name: "Retrain here" }).click();
    await page.locator(".going").waitFor();
    assert.equal(await page.getByLabel("Best of").inputValue(), "global");
    assert.equal(await page.getByLabel("Share ratio, %").inputValue(), "70");
  }));

test("bars of click rates are as long as the rates", () =>
  withPage({ hash: "#/what-if" }, async (page) => {
    await page.locator("#score").waitFor();
    const bars = await page.locator("table.towers tbody tr").evaluateAll((lines) =>
      lines.map((line) => [
        line.querySelector(".level").getBoundingClientRect().width,
        Number(line.querySelectorAll("td")[1].innerText.match(/[\d.]+/)[0]),
      ]));
    const [width, rate] = bars.reduce((a, b) => (b[1] > a[1] ? b : a));
    for (const [w, r] of bars) assert.ok(Math.abs(w / width - r / rate) < 0.03, `${w} px for ${r} %`);
  }));

test("a value or a row that is none says so, and the old one stays", () =>
  withPage({ hash: "#/what-if" }, async (page) => {
    await page.locator("#score").waitFor();
    const score = await page.locator("#score").innerText();
    const field = page.locator(".field input").nth(1);
    await field.fill("zzz");
    await field.blur();
    await page.locator(".field .wrong").getByText("“zzz” is no value of this field").waitFor();
    const row = page.getByLabel("Row of the log");
    await row.fill("99999999");
    await row.blur();
    await page.locator("#row-error").getByText("is no row of the file").waitFor();
    assert.equal(await page.locator("#score").innerText(), score);
    await clean(page);
  }));

test("a scenario in the legend is selected once, and let go", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    const button = page.locator(".legend tbody button").nth(2);
    await button.click();
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "scenario = 3");
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "");
  }));

test("names of any length and kind stay inside the window and inside their cell", () =>
  withPage({ hash: "#/explore", width: 1440 }, async (page) => {
    await page.locator(".legend tbody td").first().waitFor();
    const demo = await readFile(join(dist, "demo.ssim"));
    const names = ["x".repeat(400), "a, \"b\" | c_d & e", "=HYPERLINK(1)", "four"];
    await drop(page, "my run (1) it's.ssim", withHeader(demo, (own) => (own.schema.scenarios = names)));
    await page.locator(".file").getByText("my run").waitFor();
    await settled(page);
    for (const width of [1440, 390, 320]) {
      await page.setViewportSize({ width, height: 900 });
      for (const route of ["Explore", "What-if", "Scenarios"]) {
        await page.getByRole("link", { name: route, exact: true }).click();
        await settled(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${route} at ${width}: ${wide} px wider than the window`);
        if (width === 1440) await shot(page, `names-${route}`);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV", exact: true }).click();
    const table = await readFile(await (await waiting).path(), "utf8");
    const head = table.split("\n")[0];
    assert.ok(head.includes('"scenario a, ""b"" | c_d & e"') || head.includes('"a, ""b"" | c_d & e"'), head);
    assert.ok(head.includes("'=HYPERLINK(1)") && head.endsWith(",seeds"), head);
    await page.getByRole("link", { name: "Explore", exact: true }).click();
    await page.locator(".legend tbody button").nth(1).click();
    await page.getByRole("button", { name: "Copy command" }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(command, /^ssim rows 'my run \(1\) it'\\''s\.ssim' --ratio 0\.7 --by batch --rule 'scenario = 2'$/);
  }));
