// The report of a run: one file, opened from disk. SSIM_BIN is the program, which writes it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { alert, clean, dist, shot, withFile } from "./browser.mjs";

const VIEWS = ["map", "shares", "metrics", "curves", "matrix", "whatif"];
const demo = join(dist, "demo.ssim");
let folder, report;

const ssim = (...args) => promisify(execFile)(process.env.SSIM_BIN, args, { cwd: folder, env: { ...process.env, SSIM_WEB_DIST: dist } });
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ssim-report-"));
  report = join(folder, "report.html");
  await ssim("export", "--artifact", demo, "--html", report, "--ratio", "0.3");
});
after(() => rm(folder, { recursive: true, force: true }));

const figure = (page, view) => page.locator(`figure[data-state^="view=${view}"]`);
const drawing = (page, view) => figure(page, view).locator(".scroll").innerHTML();
const live = async (page, views = VIEWS) => {
  for (const view of views) await figure(page, view).and(page.locator(".live")).waitFor();
};
/// Waits until the picture differs from `was`.
const redrawn = async (page, view, was) => {
  for (let i = 0; i < 100 && (await drawing(page, view)) === was; i++) await page.waitForTimeout(50);
  assert.notEqual(await drawing(page, view), was, "the picture changes");
};
/// The texts of a picture in the order in which they are drawn.
const texts = (page, view) => figure(page, view).locator("svg text").allTextContents();

for (const scheme of ["light", "dark"]) {
  for (const width of [1440, 390]) {
    test(`the report is live from disk, ${scheme}, ${width} pixels wide`, () =>
      withFile(report, { scheme, width }, async (page) => {
        await live(page);
        await page.getByText("The pictures are live").waitFor();
        assert.ok((await figure(page, "map").locator("path.mark").count()) > 4, "the map has points");
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const colours = { light: "rgb(255, 255, 255)", dark: "rgb(18, 20, 23)" };
        assert.equal(await paper(), colours[scheme]);
        await shot(page, `report-${scheme}-${width}`);
        await clean(page);

        const [map, shares] = [await drawing(page, "map"), await drawing(page, "shares")];
        await figure(page, "map").getByLabel("Share ratio").fill("0.55");
        await redrawn(page, "map", map);
        assert.match(await figure(page, "map").locator("svg").textContent(), /shared:\s+the\s+55 %/);
        assert.equal(await drawing(page, "shares"), shares, "each picture changes alone");

        const other = scheme === "light" ? "dark" : "light";
        await page.getByRole("button", { name: other === "dark" ? "Dark colours" : "Light colours" }).click();
        assert.equal(await paper(), colours[other]);
        const ink = await figure(page, "map").locator("svg text").first().evaluate((text) => getComputedStyle(text).fill);
        assert.equal(ink, other === "dark" ? "rgb(232, 234, 237)" : "rgb(26, 29, 33)");
        await clean(page);
      }));
  }
}

test("what-if says what the program says", () =>
  withFile(report, {}, async (page) => {
    await live(page);
    const was = await drawing(page, "whatif");
    const menu = figure(page, "whatif").getByLabel("user", { exact: true });
    const own = await menu.inputValue();
    const other = own === "3" ? "4" : "3";
    await menu.selectOption({ value: other });
    await redrawn(page, "whatif", was);
    const svg = join(folder, "row.svg");
    const field = (await menu.getAttribute("id")).match(/^field\.(\d+)/)[1];
    await ssim("plot", "whatif", "--artifact", demo, "--edits", `${field}:${other}`, "--ratio", "0.3", "--out", svg);
    const drawn = [...(await readFile(svg, "utf8")).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    const said = await texts(page, "whatif");
    assert.deepEqual(said, drawn);
    assert.ok(said.filter((text) => /^\d+(\.\d+)?\s%/.test(text)).length >= 4, said.join("; "));
  }));

test("without scripts the pictures are there", () =>
  withFile(report, { javaScriptEnabled: false, width: 390 }, async (page) => {
    assert.equal(await page.locator("figure svg").count(), VIEWS.length);
    assert.ok(await page.locator("noscript p").isVisible());
    assert.equal(await page.locator("button, input, select").count(), 0);
  }));

test("a damaged file keeps its pictures and says why they are still", async () => {
  const broken = join(folder, "broken.html");
  const text = await readFile(report, "utf8");
  for (const [part, told] of [["program", /could not be started/], ["numbers", /could not be started/]]) {
    await writeFile(broken, text.replace(new RegExp(`(id="${part}">.{400}).{8}`), "$1AAAAAAAA"));
    await withFile(broken, { expected: /./ }, async (page) => {
      await alert(page).getByText(told).waitFor();
      assert.equal(await page.locator("figure svg").count(), VIEWS.length);
    });
  }
});

test("a log with names that look like tags becomes a report", async () => {
  const names = [`<b>&"`, "</script><script>alert(1)</script>", `[x](javascript:alert(1)) ${"long ".repeat(38)}`];
  const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  const rows = Array.from({ length: 3000 }, (_, i) => {
    const click = (i * 37) % 11 < 3 ? 1 : 0;
    return `u${(i * 7) % 40},${quoted[i % 3]},${quoted[(i * 5 + 1) % 3]},${click}`;
  });
  await writeFile(join(folder, "a&b.csv"), `user,"<i>item</i>",tab,click\n${rows.join("\n")}\n`);
  const small = ["--preset", "demo", "--set", "model.mlp=[8]", "--set", "retrain.max_epochs=2"];
  await ssim("run", "a&b.csv", "--out", "shop", "--trials", "2", ...small);
  for (const width of [1440, 390]) {
    await withFile(join(folder, "shop/report.html"), { width }, async (page) => {
      await live(page, ["whatif"]);
      await shot(page, `report-names-${width}`);
      assert.equal(await page.title(), "a&b.csv");
      assert.equal(await page.locator("main b, main i, main a, main script").count(), 0);
      assert.ok((await page.getByRole("cell", { name: names[1] }).count()) >= 1);
      await clean(page);
    });
  }
});
