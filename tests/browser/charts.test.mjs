// Charts are read by themselves: a colour means a scenario or has a scale, a map has axes and says what it leaves
// out, and both ends of a line have a name. SSIM_BIN: the native program, which makes the files.

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drop, opened, withPage } from "./browser.mjs";
import { ssim, workshop } from "./runs.mjs";

const settled = (page) => page.waitForTimeout(350);
const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
const picture = (page, words) => page.locator("figure svg", { hasText: words }).first();

/// Which of the four colours of scenarios an element or one inside it has.
const worn = (locator) => locator.evaluate((root) => {
  const probe = document.body.appendChild(document.createElement("i"));
  const own = [0, 1, 2, 3].map((k) => ((probe.style.color = `var(--c${k})`), getComputedStyle(probe).color));
  probe.remove();
  const seen = [root, ...root.querySelectorAll("*")].flatMap((e) => {
    const { fill, stroke, color, backgroundColor } = getComputedStyle(e);
    return [fill, stroke, color, backgroundColor];
  });
  return [0, 1, 2, 3].filter((k) => seen.includes(own[k]));
});

for (const scheme of ["light", "dark"]) {
  test(`methods, curves, gains and losses do not have the colours of scenarios, ${scheme}`, () =>
    withPage({ scheme }, async (page) => {
      await opened(page);
      const plain = async (words) => {
        await picture(page, words).waitFor();
        assert.deepEqual(await worn(picture(page, words)), [], words);
      };
      await plain("part of the batch that is shared");
      await plain("at every share ratio");
      // A picture of scenarios has all four, so the colours are recognised.
      assert.deepEqual(await worn(picture(page, "Training rows")), [0, 1, 2, 3]);
      await to(page, "#/scenarios?u=1");
      await plain("Test AUC by scenario");
      await plain("from sharing nothing to SSIM");
      assert.deepEqual(await worn(picture(page, "Ranking")), [0, 1, 2, 3]);
      await to(page, "#/explore?u=1");
      await plain("at every share ratio");
      await to(page, "#/what-if?u=1");
      await page.locator("table.effects").waitFor();
      assert.deepEqual(await worn(page.locator("table.effects tbody")), [], "changes of a row");
    }));
}

test("a map coloured by a value has a scale with the values at its ends", () =>
  withPage({ hash: "#/explore?u=1" }, async (page) => {
    const scale = page.locator("#scale");
    await page.locator(".map canvas").waitFor();
    assert.ok(await scale.isHidden(), "the legend is the scale of scenarios");
    for (const [colour, ends] of [
      ["score", /^share score: (−?\d+\.\d+)\s*(−?\d+\.\d+)/],
      ["loss", /^loss: (\d+\.\d+)\s*(\d+\.\d+)/],
      ["click", /^click: (not clicked)\s*(clicked)/],
      ["planted", /^planted truth: (private)\s*(planted)/],
    ]) {
      await to(page, `#/explore?c=${colour}&u=1`);
      await scale.getByText(ends.source.match(/[\w ]+:/)[0]).waitFor();
      const [, low, high] = (await scale.innerText()).match(ends) ?? assert.fail(await scale.innerText());
      const number = (text) => Number(text.replace("−", "-"));
      if (/\d/.test(low)) assert.ok(number(low) < number(high), `${low} to ${high}`);
      const ramp = await scale.locator(".ramp").evaluate((e) => getComputedStyle(e).backgroundImage);
      assert.ok(new Set(ramp.match(/rgb\([^)]*\)/g)).size > 4, ramp);
    }
  }));

/// Positions and numbers of the ticks of a picture's horizontal axis, and its cuts.
const plane = (svg) => svg.evaluate((svg) => {
  const texts = [...svg.querySelectorAll("text.muted.middle")];
  const number = (text) => Number(text.textContent.replace("−", "-").replaceAll(",", ""));
  const cuts = [...svg.querySelectorAll(".cut")].map((e) => e.getBBox().x);
  return { ticks: texts.map((t) => [Number(t.getAttribute("x")), number(t)]), cuts };
});
/// The pixel of a number on an axis with these ticks.
const at = (ticks, value) => {
  const [[x0, v0], [x1, v1]] = [ticks[0], ticks.at(-1)];
  return x0 + ((value - v0) / (v1 - v0)) * (x1 - x0);
};

for (const width of [1440, 390]) {
  test(`the map has numbers and a grid, and its cut stands at the lowest score shared, at ${width} px`, () =>
    withPage({ width, hash: "#/explore" }, async (page) => {
      const over = page.locator(".plane .over svg");
      await over.waitFor();
      for (const ratio of [70, 20]) {
        await to(page, `#/explore?r=${ratio / 100}&u=1`);
        await settled(page);
        const { ticks, cuts } = await plane(over);
        assert.ok(ticks.length > 1 && cuts.length === 1, `${ticks.length} numbers, ${cuts.length} cuts`);
        const lowest = Number(await page.getByLabel("Lowest score shared").inputValue());
        assert.ok(Math.abs(cuts[0] - at(ticks, lowest)) < 2, `the cut at ${cuts[0]}, ${lowest} at ${at(ticks, lowest)}`);
        assert.ok((await over.locator("text.muted:not(.middle)").count()) > 2, "numbers upwards");
        const grid = await over.locator(".grid").getAttribute("d");
        assert.ok(grid.split("V").length > 2 && grid.split("H").length > 3, grid);
      }
      // The map of the story is a picture of its own.
      await to(page, "#/story?u=1");
      const map = picture(page, "Test rows of the file");
      await map.waitFor();
      const drawn = await plane(map);
      assert.ok(drawn.ticks.length >= 3 && drawn.cuts.length === 1);
      assert.ok((await map.locator("line.grid").count()) >= 6);
    }));
}

test("where a part of the rows is drawn, the page says how many", () =>
  withPage({ hash: "#/story" }, async (page) => {
    await opened(page);
    const map = picture(page, "Test rows of the file");
    const [, some] = (await map.textContent()).match(/([\d,]+) of 6,000 rows are drawn/);
    const marks = await map.evaluate((svg) =>
      [...svg.querySelectorAll("path.mark")].reduce((n, e) => n + e.getAttribute("d").split("M").length - 1, 0));
    // The legend has a mark per scenario, a filled one and a hollow one.
    assert.equal(marks - 6, Number(some.replaceAll(",", "")));
    for (const axes of ["pca", "tsne"]) {
      await to(page, `#/explore?x=${axes}&u=1`);
      const said = page.locator("#sampled").getByText(/^[\d,]+ of the 6,000 rows/);
      await said.waitFor();
      await settled(page);
      const drawn = (await page.locator(".status .told").innerText()).match(/^[\d,]+/)[0];
      assert.ok((await said.innerText()).startsWith(`${drawn} of`), `${drawn} points`);
    }
    await to(page, "#/explore?u=1");
    await page.locator("#sampled").waitFor({ state: "hidden" });
    await page.locator(".status .told").getByText(/^6,000 points/).waitFor();
  }));

for (const width of [1280, 390]) {
  test(`both ends of every line of the slope chart have their name, at ${width} px`, () =>
    withPage({ width, hash: "#/scenarios" }, async (page) => {
      const slope = picture(page, "from sharing nothing to SSIM");
      await slope.waitFor();
      const words = await slope.locator("desc").textContent();
      const told = [...words.matchAll(/([^.:]+): (\d\.\d+)[^:]*? to (\d\.\d+)(?: \([^)]*\))?, ([+−]?\d\.\d+)/g)];
      const lines = new Map(told.map(([, name, ...numbers]) => [name.trim(), numbers]));
      assert.equal(lines.size, 4, [...lines.keys()].join());
      // The texts of the left half and of the right one.
      const sides = await slope.evaluate((svg) => {
        const { left, width } = svg.getBoundingClientRect();
        const sides = [[], []];
        for (const e of svg.querySelectorAll("text")) {
          const at = e.getBoundingClientRect();
          sides[(at.left + at.right) / 2 > left + width / 2 ? 1 : 0].push([e.textContent, at.top]);
        }
        return sides;
      });
      for (const [name, [from, end, by]] of lines) {
        // A number stands beside its name, or on one of the two lines below it.
        for (const [side, number] of [[0, from], [1, end], [1, by]]) {
          const own = sides[side].find(([text]) => text === name) ?? assert.fail(`${name} has no name at ${number}`);
          const apart = sides[side].filter(([text]) => text.endsWith(number)).map(([, top]) => top - own[1]);
          assert.ok(apart.some((d) => d > -2 && d < 44), `${name} and ${number} are ${apart.join()} px apart`);
        }
      }
    }));
}

test("beside a map coloured by a value the legend does not show the colours of scenarios", () =>
  withPage({ hash: "#/explore?u=1" }, async (page) => {
    const legend = page.locator(".legend tbody");
    await legend.waitFor();
    assert.deepEqual(await worn(legend), [0, 1, 2, 3]);
    for (const colour of ["score", "loss", "click", "planted"]) {
      await to(page, `#/explore?c=${colour}&u=1`);
      await page.locator("#scale").getByText(/\w/).first().waitFor();
      await settled(page);
      assert.deepEqual(await worn(legend), [], colour);
    }
    await to(page, "#/explore?u=1");
    await page.locator("#scale").waitFor({ state: "hidden" });
    assert.deepEqual(await worn(legend), [0, 1, 2, 3]);
  }));

const SYSTEMS = { one: "st", own: "mt", chosen: "ssim" };
const system = ([name, method]) => `[[system]]\nname = "${name}"\nmethod = "${method}"\nbaseline = ${method === "st"}\n`;
let shop;
const files = {};
before(async () => {
  shop = await workshop();
  await shop.make("alone", 3, "--method", "mt");
  const plan = 'seeds = 2\npreset = "demo"\n' + Object.entries(SYSTEMS).map(system).join("");
  await writeFile(shop.at("plan.toml"), plan);
  await ssim("compare", shop.at("plan.toml"), "--data", shop.at("d3"), "--out", shop.at("compared"), "--max-steps", "6");
  for (const name of ["own", "chosen"]) {
    const folder = join(shop.at("compared"), "runs", name);
    await ssim("export", "--run", join(folder, (await readdir(folder)).sort()[0]), "--out", shop.at(`${name}.ssim`));
    files[name] = await readFile(shop.at(`${name}.ssim`));
  }
});
after(() => shop.remove());

for (const name of ["own", "chosen"]) {
  test(`${name}: a run of a comparison has its metrics, and a command in place of dashes`, () =>
    withPage({}, async (page) => {
      await opened(page);
      await drop(page, `${name}.ssim`, files[name]);
      await page.locator(".file").getByText(new RegExp(`${name}.ssim, .*, real data`)).waitFor();
      for (const route of ["story", "explore", "scenarios", "compare"]) {
        await to(page, `#/${route}?u=1`);
        await settled(page);
        await page.waitForFunction(() => ![...document.querySelectorAll("figure > div")].some((f) => !f.firstChild));
        assert.doesNotMatch(await page.locator("main").textContent(), /nothing to compare|nothing measured/i, route);
        const cells = await page.locator("main td, main dd").allInnerTexts();
        assert.deepEqual(cells.filter((text) => text.trim() === "–"), [], route);
      }
      await page.getByText(/ssim sweep --run RUN/).first().waitFor();
      await to(page, "#/scenarios?u=1");
      await picture(page, "Test AUC by scenario").waitFor();
      const systems = page.locator("table[aria-labelledby=methods] tbody th");
      assert.equal(await systems.count(), 3, (await systems.allInnerTexts()).join());
      const values = await page.locator("table[aria-labelledby=methods] tbody td").allInnerTexts();
      assert.ok(values.length === 12 && values.every((text) => /^0\.\d{4}$/.test(text)), values.join());
    }));
}
