// Random files, lists, ratios and pools: Explore, What-if, Compare, a live picture and `ssim rows` agree on every row
// and every count, and a metric is shown only where it was measured.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dist, drop, withHeader, withPage } from "./browser.mjs";
import { random, ssim, workshop } from "./runs.mjs";

const settled = (page) => page.waitForTimeout(350);
const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
const numbers = (text) => text.replaceAll(",", "").match(/\d+/g).map(Number);
/// The choices that are tried with every file.
const CHOICES = 5;

let shop;
const files = {};
before(async () => {
  shop = await workshop();
  await copyFile(join(dist, "demo.ssim"), shop.at("demo.ssim"));
  const demo = files.demo = await readFile(shop.at("demo.ssim"));
  // A row stands for one to nine test rows, which another scenario's rows do not.
  const next = random(3);
  files.weighed = withHeader(demo, (own) => own.report.sample.by_scenario.forEach((s) => (s.of = Math.ceil(s.rows * (1 + 8 * next())))));
  await writeFile(shop.at("weighed.ssim"), files.weighed);
  files.own = await shop.make("own", 3, "--method", "ssim", "--set", "select.by=scenario");
  files.many = await shop.make("many", 12, "--method", "ssim", "--set", "select.by=global", "--set", "select.ratio=0.4");
  files.st = await shop.make("st", 3, "--method", "st");
});
after(() => shop.remove());

/// All rows of the table as the page saves them: the number of a row, and whether it is shared.
async function saved(page) {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV of these rows: save" }).click();
  const [head, ...lines] = (await readFile(await (await waiting).path(), "utf8")).trim().split("\n").map((l) => l.split(","));
  const column = (name) => head.indexOf(name);
  const [row, shared, scenario] = ["row", "shared", "scenario"].map(column);
  return lines.map((line) => ({ row: Number(line[row]), shared: line[shared] === "1", scenario: Number(line[scenario]) }));
}

for (const name of ["demo", "weighed", "own", "many", "st"]) {
  test(`${name}: every view shares the same rows`, () =>
    withPage({ hash: "#/explore" }, async (page) => {
      await page.locator("table.rows tbody th").first().waitFor();
      // The demo is open already, so nothing would say when it is open again.
      if (name !== "demo") await drop(page, `${name}.ssim`, files[name]);
      await page.locator(".file").getByText(`${name}.ssim`).waitFor();
      const of = (label) => page.locator("label.choice", { hasText: new RegExp(`^${label}`) }).locator("select");
      const lists = await of("List").locator("option").evaluateAll((all) => all.map((o) => o.value));
      const ofRun = await of("Best of").inputValue();
      const next = random([...name].reduce((sum, c) => sum + c.charCodeAt(0), 1));
      const pick = (all) => all[Math.floor(all.length * next())];
      for (let i = 0; i < CHOICES; i++) {
        const list = i < 2 && lists.includes("ssim") ? "ssim" : pick(lists);
        const [pool, ratio] = [pick(["batch", "global", "scenario"]), Math.round(100 * next()) / 100];
        const choice = `l=${list}&r=${ratio}&k=${pool}`;
        const told = `${name} with ${choice}`;
        await to(page, `#/explore?${choice}&u=1`);
        await settled(page);

        const rows = await saved(page);
        const shared = rows.filter((row) => row.shared);
        const [listed, all] = numbers(await page.locator(".legend tfoot td").first().innerText());
        assert.deepEqual([listed, all], [shared.length, rows.length], told);
        const sums = (await page.locator(".legend tbody td:nth-child(2)").allInnerTexts()).map(numbers);
        const counts = new Map();
        for (const row of rows) {
          const [some, all] = counts.get(row.scenario) ?? [0, 0];
          counts.set(row.scenario, [some + Number(row.shared), all + 1]);
        }
        assert.deepEqual(sums.toSorted(), [...counts.values()].toSorted(), told);
        const measured = pool === ofRun || ["mt", "mt-s"].includes(list);
        if (!measured) assert.doesNotMatch(await page.locator(".cards").innerText(), /AUC\s+(≈ )?\d/, told);

        if (list === "ssim") {
          const answer = JSON.parse(await ssim("rows", shop.at(`${name}.ssim`), "--ratio", String(ratio), "--by", pool, "--json"));
          const ofProgram = new Map(answer.rows.map((row) => [row.row, row.shared > 0]));
          assert.equal(ofProgram.size, rows.length);
          for (const { row, shared } of rows) assert.equal(shared, ofProgram.get(row), `row ${row} of ${told}`);
        }

        await to(page, `#/compare?a=${list}@${ratio}&b=mt@0&k=${pool}&u=1`);
        await settled(page);
        const [a, b, differ] = numbers(await page.locator("#overlap").innerText());
        assert.deepEqual([a, b, differ], [shared.length, 0, shared.length], told);

        await to(page, `#/what-if?${choice}&u=1`);
        if ((await page.locator("#verdict").count()) || list === "ssim") {
          await page.locator("#verdict").waitFor();
          for (let j = 0; j < 6; j++) {
            const { row, shared } = pick(rows);
            await page.getByLabel("Row of the log").fill(String(row));
            await page.getByLabel("Row of the log").blur();
            await settled(page);
            const verdict = await page.locator("#verdict").innerText();
            assert.equal(verdict, shared ? "shared with every tower" : "private to its scenario", `row ${row} of ${told}`);
          }
        }

        // The live picture shows the list of the selector.
        if (list === "ssim") {
          await to(page, `#/embed?${choice}&u=1`);
          await of("Picture").selectOption("shares");
          const picture = page.locator("iframe.preview").contentFrame().locator("#picture svg", { hasText: "that are shared at" });
          await picture.waitFor();
          const lines = await picture.locator("text.muted.end").allTextContents();
          const pairs = lines.filter((text) => / of /.test(text)).map((text) => numbers(text).slice(0, 2));
          assert.deepEqual(pairs.toSorted(), [...counts.values()].toSorted(), told);
        }
      }
    }));
}
