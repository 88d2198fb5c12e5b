// Pictures of few and of many scenarios: four have a colour, every number has an axis, and a control that
// changes nothing is not there. SSIM_BIN: the native program, which makes the files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";
import { workshop } from "./runs.mjs";

const settled = (page) => page.waitForTimeout(350);
const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
const hashOf = (page) => page.evaluate(() => location.hash);

let shop;
const files = {};
before(async () => {
  shop = await workshop();
  for (const k of [2, 12, 60, 300]) files[k] = await shop.make(String(k), k, "--method", "ssim");
  files.st = await shop.make("st", 12, "--method", "st");
});
after(() => shop.remove());

/// The menu with a label that begins with these words; the texts of its options are part of the label.
const menu = (page, name) => page.locator("label.choice", { hasText: new RegExp(`^${name}`) }).locator("select");
const open = async (page, key) => {
  await page.locator(".file").getByText("demo.ssim").waitFor();
  await drop(page, `${key}.ssim`, files[key]);
  await page.locator(".file").getByText(`${key}.ssim`).waitFor();
};

for (const key of ["60", "300", "st"]) {
  for (const width of [1440, 390]) {
    for (const scheme of ["light", "dark"]) {
      test(`${key} at ${width} px, ${scheme}: axe finds nothing on any page`, () =>
        withPage({ width, scheme }, async (page) => {
          await open(page, key);
          for (const route of ["story", "explore", "scenarios", "what-if", "train", "compare", "embed"]) {
            await to(page, `#/${route}?u=1`);
            await settled(page);
            await page.waitForFunction(() => ![...document.querySelectorAll("figure > div")].some((f) => !f.firstChild));
            await clean(page);
            await shot(page, `many-${key}-${route}-${width}-${scheme}`);
          }
        }));
    }
  }
}

for (const k of [2, 12, 60, 300]) {
  test(`${k} scenarios: every page is drawn, and at most four scenarios have a colour`, () =>
    withPage({ width: 1440 }, async (page) => {
      await open(page, k);
      for (const route of ["story", "explore", "scenarios", "what-if", "compare"]) {
        await to(page, `#/${route}?u=1`);
        await settled(page);
        await page.waitForFunction(() => ![...document.querySelectorAll("figure > div")].some((f) => !f.firstChild));
        await clean(page);
        await shot(page, `many-${k}-${route}`);
        const heavy = await page.locator("figure svg").evaluateAll((all) => Math.max(0, ...all.map((s) => s.querySelectorAll("*").length)));
        assert.ok(heavy < 4000, `a picture of ${route} has ${heavy} elements`);
      }
      await to(page, "#/explore?u=1");
      await settled(page);
      const lines = page.locator(".legend tbody tr");
      assert.equal(await lines.count(), k);
      const sizes = (await page.locator(".legend tbody td").allInnerTexts()).map((t) => Number(t.split("/")[1].replaceAll(",", "")));
      if (k > 4) assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a), "the largest scenario comes first");
      const colours = await page.locator(".legend tbody .sign").evaluateAll((signs) => new Set(signs.map((s) => s.style.color)).size);
      assert.equal(colours, Math.min(k, 5), "four colours, and grey");
      assert.equal(await page.locator(".map canvas").count(), k > 4 ? 0 : 1, "strips where the scenarios are many");
      assert.equal(await page.locator(".strips svg .strip").count() > 0, k > 4);
      assert.equal(await page.locator(".cards .card").count(), Math.min(k, 4));
      assert.equal(await page.locator("table[aria-labelledby=all-scenarios] tbody tr").count(), k > 4 ? k : 0);
      // A matrix of at most twelve scenarios, with a number in every cell.
      const cells = await page.locator(".side-part figure svg .cell").count();
      const numbers = await page.locator(".side-part figure svg .through").count();
      assert.ok(numbers >= Math.min(k, 12) ** 2 - 12 && numbers <= cells, `${numbers} numbers in ${cells} cells`);
    }));
}

test("a scenario is found and picked, keeps its colour in a link, and is drawn in it", () =>
  withPage({ width: 1440, hash: "#/explore" }, async (page) => {
    await open(page, 60);
    const strips = page.locator(".strips svg");
    await strips.waitFor();
    const named = (name) => strips.locator("text", { hasText: new RegExp(`^${name}$`) }).count();
    assert.equal(await named("placement_59"), 0, "a small scenario is not among the first strips");
    await page.getByLabel("Search scenarios").fill("Ment_59");
    assert.equal(await page.locator(".legend tbody tr:visible").count(), 1);
    await page.getByLabel("Colour placement_59").check();
    await settled(page);
    assert.equal(await named("placement_59"), 1);
    assert.match(await hashOf(page), /[?&]p=\d+\.\d+\.\d+\.\d+/);
    const colour = () => page.locator(".legend tbody tr", { hasText: "placement_59" }).locator(".sign").evaluate((s) => s.style.color);
    assert.equal(await colour(), "var(--c3)", "it takes the last colour");
    assert.ok((await page.locator(".cards .card", { hasText: "placement_59" }).count()) === 1);
    const hash = await hashOf(page);
    await to(page, "#/scenarios?u=1");
    await settled(page);
    await to(page, hash.replace("explore", "scenarios"));
    await page.locator("figure svg", { hasText: "Ranking" }).locator("text", { hasText: /^placement_59$/ }).waitFor();
    assert.equal(await page.locator("figure svg", { hasText: "Ranking" }).getByText("56 others").count(), 1);
    await to(page, hash);
    await page.getByLabel("Colour placement_59").uncheck();
    await settled(page);
    assert.equal(await colour(), "var(--other)");
    // The map of the same rows has the picked colours, and grey ones below.
    await menu(page, "Picture").selectOption("map");
    await page.locator(".map canvas").waitFor();
    await settled(page);
    await shot(page, "many-60-map");
    await page.getByRole("button", { name: "Copy link" }).waitFor();
    assert.match(await hashOf(page), /x=map/);
  }));

test("the map is above the fold, with numbers, a grid and the cut, and nothing is below the footer", () =>
  withPage({ width: 1440, hash: "#/explore" }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await settled(page);
    const box = await canvas.boundingBox();
    assert.ok(box.y < 200, `the map begins at ${box.y}`);
    assert.ok(box.height > 0.6 * 900 && box.y + box.height < 900, `${box.height} px high`);
    const over = page.locator(".plane .over svg");
    assert.ok((await over.locator("text").count()) >= 6, "numbers on both axes");
    assert.equal(await over.locator(".cut").count(), 1);
    const cut = () => over.locator(".cut").first().getAttribute("d");
    const before = await cut();
    await page.getByLabel("Share ratio", { exact: true }).fill("20");
    await settled(page);
    assert.notEqual(await cut(), before, "the cut moves with the ratio");
    await page.getByLabel("Best of").selectOption("scenario");
    await settled(page);
    assert.equal(await over.locator(".cut").count(), 4, "every scenario has a cut of its own");
    await menu(page, "List").selectOption("ssim-r");
    await settled(page);
    assert.equal(await over.locator(".cut").count(), 0, "a score decides nothing on a random list");
    await menu(page, "Picture").selectOption("pca");
    await page.locator("#sampled").getByText(/^[\d,]+ of the 6,000 rows/).waitFor();
    assert.equal(await over.locator(".cut").count(), 0);
    const below = await page.evaluate(() => document.documentElement.scrollHeight - document.querySelector("footer").getBoundingClientRect().bottom - scrollY);
    assert.ok(below < 24, `${below} px below the footer`);
  }));

test("a continuous colour has its scale", () =>
  withPage({ hash: "#/explore?c=loss&u=1" }, async (page) => {
    await page.locator("#scale").getByText(/^loss: 0\.\d+/).waitFor();
    assert.match(await page.locator("#scale").innerText(), /highest and the lowest 5 % have the colours of the ends/);
    // Losses differ so much that without a limit nearly all points would have one colour.
    const colours = await page.locator(".map canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return seen.size;
    });
    assert.ok(colours > 100, `${colours} colours`);
    await menu(page, "Colour").selectOption("scenario");
    await page.locator("#scale").waitFor({ state: "hidden" });
  }));

test("the search has a control only where its moments share different rows", async () => {
  const demo = await readFile(join(dist, "demo.ssim"));
  await withPage({ hash: "#/explore" }, async (page) => {
    await page.locator(".map canvas").waitFor();
    const scrub = page.getByLabel("Search: the selector learns");
    assert.equal(await scrub.count(), 0, "every moment of the demo shares as many rows");
    const moved = withHeader(demo, (own) => own.moments.forEach((moment, i) => (moment.cut += 0.05 * i)));
    await drop(page, "moved.ssim", moved);
    await scrub.waitFor();
  });
});

test("panels have three numbers and a zero, and an AUC is never above 1", () =>
  withPage({ hash: "#/scenarios" }, async (page) => {
    const chart = page.locator("figure svg", { hasText: "Test AUC by scenario" });
    await chart.waitFor();
    const ticks = (await chart.locator("text.muted.middle").allInnerTexts()).concat(
      await chart.locator("text.muted.middle").allTextContents());
    assert.equal(ticks.filter((t) => t === "0").length, 4, "a zero in each of the four panels");
    assert.ok(ticks.length >= 12, ticks.join());
    assert.match(await chart.textContent(), /no sharing \(mt\)/);
    for (const text of await chart.locator("text").allTextContents()) {
      const value = Number(text);
      assert.ok(!(value > 1 && value < 2), `an AUC of ${text}`);
    }
  }));

test("the rows of the sweep are in the link", () =>
  withPage({ hash: "#/explore?n=3&u=1" }, async (page) => {
    const rows = menu(page, "Rows of");
    await rows.waitFor();
    assert.equal(await rows.inputValue(), "2");
    await page.locator("figure svg", { hasText: "test rows of scenario 3" }).waitFor();
    await rows.selectOption("0");
    await settled(page);
    assert.match(await hashOf(page), /[?&]n=1&/);
    // Whiskers of several lists at one ratio do not lie on each other.
    const chart = page.locator("figure svg", { hasText: "at every share ratio" });
    const whiskers = await chart.locator(".whisker").evaluateAll((lines) => lines.map((l) => l.getAttribute("x1")));
    const counts = new Map();
    for (const x of whiskers) counts.set(x, (counts.get(x) ?? 0) + 1);
    const same = [...counts.values()].filter((n) => n > 1).length;
    assert.ok(same <= 2, `${same} ratios with several whiskers at one place; all lists meet at 0 and 100 % only`);
  }));

test("a run without a sweep or a selector says so once, and shows no dashes", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    await page.locator(".map canvas").waitFor();
    await open(page, 12);
    await to(page, "#/explore?u=1");
    await settled(page);
    assert.doesNotMatch(await page.locator(".cards").innerText(), /AUC\s+–/);
    await page.getByText(/ssim sweep --run RUN/).waitFor();
    await drop(page, "st.ssim", files.st);
    await page.locator(".file").getByText("st.ssim").waitFor();
    await settled(page);
    assert.equal(await page.locator(".strips").count(), 0);
    await to(page, "#/scenarios?u=1");
    const chart = page.locator("figure svg", { hasText: "Test AUC by scenario" });
    await chart.waitFor();
    assert.equal(await chart.locator('text[class="strong"]').count(), 2, "one panel with a row per scenario");
    await shot(page, "st-scenarios");
    await clean(page);
  }));

test("on a phone the current page is seen in the rail, and the answer above the fields", () =>
  withPage({ width: 390, hash: "#/what-if" }, async (page) => {
    await page.locator("#score").waitFor();
    const top = (selector) => page.locator(selector).first().evaluate((e) => e.getBoundingClientRect().top);
    assert.ok((await top("#score")) < (await top(".fields")));
    await to(page, "#/embed?u=1");
    await page.locator("#snippet").waitFor();
    await settled(page);
    const link = await page.locator(".rail a[aria-current]").boundingBox();
    assert.ok(link.x >= 0 && link.x + link.width <= 390, `the link is at ${link.x}`);
  }));

test("the finding stands above Story and Explore", () =>
  withPage({}, async (page) => {
    await opened(page);
    const told = await page.locator("#verdict-told").innerText();
    assert.match(told, /^Sharing helps \d of 4 scenarios\. The selector decides by scenario, not by row: \d+\s% of its score's variance/);
    await page.getByRole("img", { name: /The selector scores every row of the log/ }).waitFor();
    await to(page, "#/explore?u=1");
    await page.locator("h1.verdict").waitFor();
    assert.equal(await page.locator("h1.verdict").innerText(), told);
  }));
