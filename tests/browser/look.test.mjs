// What a picture or a colour says can be read in every theme, at every width and with every file.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";
import { workshop } from "./runs.mjs";

const settled = (page) => page.waitForTimeout(350);
const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);

let shop;
const files = {};
before(async () => {
  shop = await workshop();
  files.st = await shop.make("st", 3, "--method", "st");
  files.mt = await shop.make("mt", 12, "--method", "mt");
});
after(() => shop.remove());

const open = async (page, name) => {
  await page.locator(".file").getByText("demo.ssim").waitFor();
  await drop(page, `${name}.ssim`, files[name]);
  await page.locator(".file").getByText(`${name}.ssim`).waitFor();
};
const box = (locator) => locator.evaluate((e) => {
  const { left, right, width } = e.getBoundingClientRect();
  return { left, right, width };
});

test("the story says of the two ends what was measured", () =>
  withPage({}, async (page) => {
    await opened(page);
    const step = page.locator("article.step", { hasText: "sharing nothing reaches an AUC of" });
    const [none, all] = (await step.locator("p").innerText()).match(/0\.\d{4}/g).map(Number);
    const title = await step.getByRole("heading").innerText();
    const word = all > none ? "a higher AUC than" : all < none ? "a lower AUC than" : "the same AUC";
    assert.ok(title.includes(word), `${title}: ${none} and ${all}`);
  }));

for (const name of ["st", "mt"]) {
  test(`${name}: a run without a selector is told as one, on every page`, () =>
    withPage({}, async (page) => {
      await open(page, name);
      await page.locator("article.step").first().waitFor();
      const story = await page.locator("main").innerText();
      assert.match(story, /This run has no selector/);
      assert.match(await page.locator("#verdict-told").innerText(), /does not measure whether sharing helps/);
      assert.doesNotMatch(story, /best 0|higher score|no steps yet|taught/i);
      for (const picture of await page.locator("article.step figure").all()) await picture.locator("svg").waitFor();
      await shot(page, `${name}-story`);
      await to(page, "#/explore?u=1");
      await settled(page);
      assert.equal(await page.getByLabel("Lowest score shared").count(), 0);
      assert.doesNotMatch(await page.locator("main").innerText(), /precision \d|recall \d/);
      assert.doesNotMatch(await page.locator(".cards").innerText(), /–/);
      await to(page, "#/what-if?u=1");
      await page.locator("table.effects").waitFor();
      assert.match(await page.locator("table.effects thead").innerText(), /change of own CTR/);
      assert.equal(await page.locator("#score").count(), 0);
      await to(page, "#/compare?u=1");
      await page.locator("#overlap").waitFor();
      assert.equal(await page.getByLabel("List A").locator("option[value=ssim]").count(), 0);
    }));
}

test("cards have words where there are no rows", () =>
  withPage({ hash: "#/explore?r=1&u=1" }, async (page) => {
    await page.locator(".cards dl").first().waitFor();
    const cards = page.locator(".cards");
    assert.match(await cards.innerText(), /CTR private\s+no rows/);
    assert.doesNotMatch(await cards.innerText(), /–/);
  }));

test("words of the command line stand as code, without backticks", () =>
  withPage({}, async (page) => {
    await open(page, "mt");
    for (const route of ["story", "explore", "scenarios", "what-if", "train", "compare", "embed"]) {
      await to(page, `#/${route}?u=1`);
      await settled(page);
      assert.doesNotMatch(await page.locator("main").innerText(), /`/, route);
    }
    assert.ok((await page.locator("main code").count()) > 0);
  }));

for (const width of [1280, 390]) {
  test(`a head stands over its column, and a bar is as long as its number, at ${width} px`, () =>
    withPage({ hash: "#/what-if", width }, async (page) => {
      const table = page.locator("table.effects");
      await table.waitFor();
      const head = await box(table.locator("thead th").nth(1));
      const cell = await box(table.locator("tbody tr").first().locator("td").first());
      assert.ok(Math.abs(head.left - cell.left) <= 1, `${head.left} over ${cell.left}`);
      const bars = await table.locator("tbody tr").evaluateAll((lines) => lines.map((line) => {
        const bar = line.querySelector(".level");
        const number = Number(line.querySelectorAll("td")[2].innerText.replace("−", "-"));
        return { width: bar.getBoundingClientRect().width, less: bar.classList.contains("less"), number };
      }));
      const most = bars.reduce((a, b) => (Math.abs(b.number) > Math.abs(a.number) ? b : a));
      assert.ok(bars.length >= 4);
      for (const { width, less, number } of bars) {
        const expected = most.width * Math.abs(number) / Math.abs(most.number);
        assert.ok(Math.abs(width - expected) < 1 + 0.03 * most.width, `${width} px for ${number}`);
        if (number !== 0) assert.equal(less, number < 0);
      }
    }));

  test(`text of a picture stays inside it, at ${width} px`, () =>
    withPage({ hash: "#/scenarios", width }, async (page) => {
      await page.locator("#methods").waitFor();
      const demo = await readFile(join(dist, "demo.ssim"));
      const names = ["a placement with a rather long name of its own", "the second of them, which is longer than the first", "c", "d"];
      await drop(page, "named.ssim", withHeader(demo, (own) => (own.schema.scenarios = names)));
      await page.locator(".file").getByText("named.ssim").waitFor();
      for (const route of ["story", "scenarios", "explore"]) {
        await to(page, `#/${route}?u=1`);
        await settled(page);
        await page.waitForFunction(() => ![...document.querySelectorAll("figure > div")].some((f) => !f.firstChild));
        const outside = await page.locator("figure svg").evaluateAll((all) => all.flatMap((svg) => {
          const edge = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter((text) => {
            const { left, right } = text.getBoundingClientRect();
            return left < edge.left - 1 || right > edge.right + 1;
          }).map((text) => text.textContent);
        }));
        assert.deepEqual(outside, [], `${route} at ${width} px`);
        if (route === "explore") {
          const heights = await page.locator("table.rows tbody tr:not(.space)").evaluateAll((lines) => lines.map((l) => l.getBoundingClientRect().height));
          assert.ok(heights.every((height) => Math.abs(height - 32) <= 1), `lines of ${new Set(heights)} px`);
        }
        // The number of rows stays beside a name that is cut.
        if (route === "scenarios") {
          assert.equal(await page.locator("figure svg", { hasText: "by scenario" }).first().getByText(/[\d,]+ (test )?rows/).count() > 0, true);
        }
      }
      await shot(page, `names-pictures-${width}`);
    }));
}

test("the note of the preview is whole, and the value of a control is not cut", () =>
  withPage({ hash: "#/embed", width: 390 }, async (page) => {
    const frame = page.locator("iframe.preview");
    await frame.contentFrame().locator("#picture svg").waitFor();
    await settled(page);
    const cut = await frame.contentFrame().locator("html").evaluate((html) => html.scrollHeight - html.clientHeight);
    assert.ok(cut <= 0, `${cut} px of the preview are hidden`);
    await to(page, "#/explore?t=-0.4712&u=1");
    const lowest = page.getByLabel("Lowest score shared");
    await lowest.waitFor();
    const hidden = await lowest.evaluate((input) => input.scrollWidth - input.clientWidth);
    assert.ok(hidden <= 0, `${hidden} px of the number are hidden`);
  }));

test("a sentence about the true list stands only where a model was trained on it", () =>
  withPage({ hash: "#/scenarios" }, async (page) => {
    await page.getByText("which no method can know").waitFor();
    await open(page, "mt");
    await page.locator("#methods").waitFor();
    await settled(page);
    assert.equal(await page.getByText("which no method can know").count(), 0);
  }));

test("without colours: the gauge, the own tower, the sign of a change and the tool that is on can be seen", () =>
  withPage({ hash: "#/what-if", forcedColors: "active" }, async (page) => {
    await page.locator("#score").waitFor();
    const ground = (locator) => locator.evaluate((e) => getComputedStyle(e).backgroundColor);
    const clear = (colour) => colour === "rgba(0, 0, 0, 0)";
    const paper = await ground(page.locator("body"));
    assert.notEqual(await ground(page.locator(".gauge .fill")), paper);
    assert.ok((await box(page.locator(".gauge .fill"))).width > 0);
    const own = await ground(page.locator("table.towers .level.own"));
    assert.ok(!clear(own) && own !== paper, own);
    assert.ok(clear(await ground(page.locator("table.towers .level:not(.own)").first())), "other towers are hollow");
    const less = page.locator("table.effects .level.less");
    if (await less.count()) assert.ok(clear(await ground(less.first())), "a loss is hollow");
    const more = page.locator("table.effects .level.both:not(.less)");
    if (await more.count()) assert.ok(!clear(await ground(more.first())), "a gain is filled");
    await shot(page, "forced-what-if");
    await to(page, "#/explore?u=1");
    await page.locator(".map canvas").waitFor();
    const on = await ground(page.getByRole("button", { name: "Lasso" }));
    const off = await ground(page.getByRole("button", { name: "Box" }));
    assert.notEqual(on, off, "the tool that is on");
    // The grid is weaker than the numbers of a chart.
    await to(page, "#/scenarios?u=1");
    await page.locator("figure svg", { hasText: "by scenario" }).first().waitFor();
    const line = await page.locator("figure svg .grid").first().evaluate((e) => getComputedStyle(e).stroke);
    const text = await page.locator("figure svg text").first().evaluate((e) => getComputedStyle(e).fill);
    assert.notEqual(line, text);
    await shot(page, "forced-scenarios");
    await clean(page);
  }));

test("a picture is saved with its own colours, and a table as the text of other programs", () =>
  withPage({ hash: "#/scenarios" }, async (page) => {
    await page.locator("#methods").waitFor();
    await page.locator("figure svg", { hasText: "by scenario" }).first().waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "SVG of this picture: save" }).first().click();
    const download = await saving;
    assert.equal(download.suggestedFilename(), "metrics.svg");
    const svg = await readFile(await download.path(), "utf8");
    assert.match(svg, /^<svg xmlns/);
    assert.match(svg, /<style>[^]*prefers-color-scheme/);
    await page.getByRole("button", { name: "Copy as Markdown" }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("| method |"));
    await page.getByRole("button", { name: "Copy as LaTeX" }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("\\begin{tabular}"));
  }));
