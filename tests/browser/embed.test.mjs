// Live pictures inside a document of somebody else. SSIM_BIN is the program, which writes the files
// for it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { clean, dist, shot, withHeader, withPage } from "./browser.mjs";
import { drawn, frameOf, makeLive, redrawn } from "./live.mjs";

const VIEWS = ["map", "shares", "metrics", "curves", "matrix", "whatif"];
const files = new Map();
let folder, tags;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ssim-embed-"));
  const live = join(folder, "live");
  const args = ["export", "--artifact", join(dist, "demo.ssim"), "--embed", live, "--web", dist, "--ratio", "0.3"];
  await promisify(execFile)(process.env.SSIM_BIN, args);
  for (const name of await readdir(live)) files.set(`live/${name}`, await readFile(join(live, name)));
  const snippet = files.get("live/snippet.html").toString();
  tags = Object.fromEntries(
    snippet.match(/<ssim-view [^]*?<\/ssim-view>/g).map((tag) => [tag.match(/view="(\w+)"/)[1], tag]),
  );
});
after(() => rm(folder, { recursive: true, force: true }));

const script = `<script type="module" src="live/embed.js"></script>`;
const host = (body, head = script) => Buffer.from(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>A document</title>
<link rel="icon" href="data:,">${head}</head><body><main><h1>A document</h1>${body}</main></body></html>`);
/// Opens a document with this body. `more` replaces files of the server.
const inDocument = (body, { head, more = {}, ...options }, run) => {
  const change = (name, bytes) => {
    if (name === "host.html") return host(body(), head);
    return name in more ? more[name]() : files.get(name) ?? bytes;
  };
  return withPage({ change, hash: "host.html", ...options }, run);
};
const dark = (page) => page.evaluate(() => document.querySelector("ssim-view").theme === "dark");

for (const scheme of ["light", "dark"]) {
  test(`three live pictures in one document, ${scheme}`, () =>
    inDocument(() => tags.map + tags.shares + tags.whatif, { scheme }, async (page) => {
      const posters = page.locator("ssim-view img");
      assert.equal(await posters.count(), 3);
      for (const poster of await posters.all()) {
        await poster.evaluate((img) => img.decode());
        assert.match(await poster.evaluate((img) => img.currentSrc), new RegExp(`-${scheme}\\.svg$`));
        assert.ok(await poster.isVisible());
      }
      assert.equal(page.frames().length, 1, "posters first");
      const fetched = await page.evaluate(() => [
        ...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation"),
      ].reduce((sum, entry) => sum + entry.transferSize, 0));
      assert.ok(fetched > 1000 && fetched < 1e6, `${fetched} bytes before anything is asked for`);
      await clean(page);

      for (const nth of [0, 1, 2]) await makeLive(page, nth);
      assert.equal(await posters.first().isVisible(), false);
      assert.equal(await dark(page), scheme === "dark");
      await shot(page, `embedded-${scheme}`);

      // Each picture changes alone.
      const [map, shares, row] = [await drawn(page, 0), await drawn(page, 1), await drawn(page, 2)];
      await frameOf(page, 0).getByLabel("Share ratio").fill("0.55");
      await redrawn(page, map, 0);
      assert.equal(await drawn(page, 1), shares);
      await frameOf(page, 1).getByLabel("Share ratio").fill("0.9");
      await redrawn(page, shares, 1);
      const menu = frameOf(page, 2).locator("select").nth(2);
      const other = await menu.evaluate((select) => [...select.options].find((o) => !o.selected).value);
      await menu.selectOption({ value: other });
      await redrawn(page, row, 2);
      assert.match(await frameOf(page, 2).locator("svg > title").textContent(), /^What if row \d+ had .+ = .+\?$/);
      const [height, content] = [
        await page.locator("ssim-view").nth(2).locator("iframe").evaluate((frame) => frame.clientHeight),
        await frameOf(page, 2).locator("body").evaluate((body) => body.scrollHeight),
      ];
      assert.ok(Math.abs(height - content) <= 1, `a frame of ${height} px for ${content} px`);
      await clean(page);
    }));
}

/// The number of pixels that differ in two pictures.
const apart = (page, a, b) =>
  page.evaluate(async (sources) => {
    const [one, other] = await Promise.all(sources.map(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [image.width, image.height, new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)];
    }));
    if (one[0] !== other[0] || one[1] !== other[1]) return `${one.slice(0, 2)} and ${other.slice(0, 2)}`;
    return one[2].reduce((n, pixel, i) => n + (pixel !== other[2][i]), 0);
  }, [a, b].map((png) => png.toString("base64")));

/// A screenshot after the picture has stopped changing: the second of two equal ones.
const still = async (page, clip) => {
  let [last, now] = [null, await page.screenshot({ clip })];
  for (let i = 0; i < 20 && !(last && now.equals(last)); i++) {
    await page.waitForTimeout(100);
    [last, now] = [now, await page.screenshot({ clip })];
  }
  return now;
};

for (const view of VIEWS) {
  test(`poster and live view of ${view} differ in no pixel outside text`, async () => {
    // Each theme on a background of its own, and the dark one on a light background.
    for (const [scheme, theme] of [["light", "light"], ["dark", "dark"], ["light", "dark"]]) {
      const silent = (name) => () =>
        Buffer.from(files.get(name).toString().replace("</style>", "text{visibility:hidden}</style>"));
      const names = ["light", "dark"].map((t) => `live/${view}-${t}.svg`);
      const more = Object.fromEntries(names.map((name) => [name, silent(name)]));
      const body = () => tags[view].replace("<ssim-view ", `<ssim-view theme="${theme}" `);
      // On about one visit in ten, Chromium smooths an edge of the same picture in another way. So
      // there are three visits, and on one of them no pixel may differ.
      let blank;
      const visit = () => inDocument(body, { scheme, more }, async (page) => {
        const poster = page.locator("ssim-view img");
        await poster.evaluate((img) => img.decode());
        const box = await poster.boundingBox();
        const before = await still(page, box);
        await makeLive(page);
        await frameOf(page).locator("#picture text").evaluateAll((all) => all.forEach((t) => (t.style.visibility = "hidden")));
        assert.deepEqual(await frameOf(page).locator("#picture svg").boundingBox(), box, "nothing moves");
        await page.evaluate(() => document.activeElement?.blur());
        const live = await still(page, box);
        blank = await apart(page, before, live);
        const sizes = await frameOf(page).locator("#picture svg").evaluate((svg) => svg.querySelectorAll("*").length);
        assert.ok(sizes > 15, "a picture, not an empty one");
      });
      for (let visits = 0; visits < 3 && blank !== 0; visits++) await visit();
      assert.equal(blank, 0, `${view}, ${theme} on ${scheme}: pixels that differ`);
    }
  });
}

test("the theme is that of the ground, also when it changes", () =>
  inDocument(() => tags.map, {}, async (page) => {
    const ground = (colour) => page.evaluate((colour) => (document.body.style.background = colour), colour);
    const source = () => page.locator("ssim-view img").evaluate((img) => img.currentSrc);
    await ground("oklch(0.2 0.02 250)");
    await page.waitForFunction(() => document.querySelector("ssim-view img").currentSrc.endsWith("map-dark.svg"));
    await makeLive(page);
    const themed = (theme) => frameOf(page).locator(`:root[data-theme=${theme}]`).waitFor();
    await themed("dark");
    await ground("#fff");
    await themed("light");
    await page.locator("ssim-view").evaluate((view) => view.setAttribute("theme", "dark"));
    await themed("dark");
    assert.match(await source(), /map-dark\.svg$/);
  }));

test("by keyboard alone", () =>
  inDocument(() => tags.shares, {}, async (page) => {
    await page.locator("ssim-view button").waitFor();
    const named = () => page.evaluate(() => {
      const { activeElement: active } = document;
      return active.shadowRoot?.activeElement?.ariaLabel ?? active.href ?? active.tagName;
    });
    await page.keyboard.press("Tab");
    assert.match(await named(), /view\.html#artifact=demo\.ssim&view=shares&ratio=0\.3$/);
    await page.keyboard.press("Tab");
    assert.match(await named(), /^Make it live: Test instances that are shared/);
    await page.keyboard.press("Enter");
    await page.locator("ssim-view iframe:not(.waiting)").waitFor();
    const was = await drawn(page);
    await page.keyboard.press("Tab");
    assert.equal(await frameOf(page).locator("input").evaluate((input) => document.activeElement === input), true);
    await page.keyboard.press("ArrowRight");
    await redrawn(page, was);
    assert.equal(await frameOf(page).getByLabel("Share ratio").inputValue(), "0.31");
  }));

test("without scripts the posters are there, with links", () =>
  inDocument(() => VIEWS.map((view) => tags[view]).join(""), { javaScriptEnabled: false }, async (page) => {
    const posters = page.locator("ssim-view img");
    assert.equal(await posters.count(), VIEWS.length);
    for (const poster of await posters.all()) {
      await poster.scrollIntoViewIfNeeded();
      const { width, height } = await poster.boundingBox();
      assert.ok(width > 300 && height > 100, `${width} × ${height}`);
      assert.ok((await poster.getAttribute("alt")).length > 10);
    }
    const link = await page.getByRole("link").first().getAttribute("href");
    assert.equal(link, "live/view.html#artifact=demo.ssim&view=map&ratio=0.3");
  }));

test("a plain frame, and the view alone", async () => {
  const frame = `<iframe src="live/view.html#artifact=demo.ssim&amp;view=curves" title="Loss" width="760" height="500"></iframe>`;
  await inDocument(() => frame, { head: "" }, async (page) => {
    const inside = page.locator("iframe").contentFrame();
    await inside.locator("#picture svg").waitFor();
    const was = await inside.locator("#picture").innerHTML();
    await inside.getByLabel("Curve").selectOption("val_auc");
    await inside.locator("#picture svg", { hasText: "AUC on validation rows" }).waitFor();
    assert.notEqual(await inside.locator("#picture").innerHTML(), was);
  });
  for (const width of [1280, 390]) {
    await withPage({ width, hash: "view.html#view=matrix" }, async (page) => {
      await page.locator("#picture svg").waitFor();
      await clean(page);
    });
  }
});

test("lazily: live as soon as it is seen", () =>
  inDocument(() => `<p style="height:3000px">Long.</p>${tags.map.replace("<ssim-view ", `<ssim-view load="lazy" `)}`, {}, async (page) => {
    await page.waitForTimeout(300);
    assert.equal(page.frames().length, 1);
    await page.locator("ssim-view").scrollIntoViewIfNeeded();
    await page.locator("ssim-view iframe:not(.waiting)").waitFor();
  }));

/// Checks that the poster is still there, and that an alert says why there is no live view.
async function stays(page, words) {
  await page.locator("ssim-view").getByRole("alert").filter({ hasText: words }).waitFor();
  assert.ok(await page.locator("ssim-view img").isVisible(), "the poster stays");
  assert.equal(await page.locator("ssim-view iframe").count(), 0);
  assert.ok(await page.locator("ssim-view").getByRole("button", { name: "Make it live" }).isVisible(), "another try");
}

const newer = () => withHeader(files.get("live/demo.ssim"), (own) => (own.version = 3));
for (const [name, words, { change = (tag) => tag, ...options }] of [
  ["a missing artifact", /demo\.ssim: the server says 404.*The picture stays/, { more: { "live/demo.ssim": () => null }, expected: /404/ }],
  ["an artifact of another version", /version 3; this page reads version 2/, { more: { "live/demo.ssim": newer } }],
  ["no artifact at all", /This is not a \.ssim file/, { more: { "live/demo.ssim": () => Buffer.from("something else") } }],
  ["a view that there is not", /view: expected one of map, .*got "pie"/, { change: (tag) => tag.replace(`view="map"`, `view="pie"`) }],
  ["a ratio that is none", /ratio: expected a number from 0 to 1, got "30"/, { change: (tag) => tag.replace(`ratio="0.3"`, `ratio="30"`) }],
  ["a program that is not there", /could not be started/, { more: { "live/live_bg.wasm": () => null }, expected: /404|wasm|fetch/i }],
  ["a view that is not there", /may not be shown|does not answer/, { more: { "live/view.html": () => null }, expected: /404/ }],
  ["a policy that forbids frames", /policy forbids/, {
    head: `<meta http-equiv="Content-Security-Policy" content="frame-src 'none'">${script}`, expected: /Content Security Policy|frame-src/,
  }],
]) {
  test(`${name}: the poster stays and says so`, () =>
    inDocument(() => change(tags.map), options, async (page) => {
      await page.locator("ssim-view").getByRole("button").click();
      await stays(page, words);
    }));
}

test("two versions of the element on one page, and an empty one", () => {
  const head = `${script}<script type="module" src="live/embed-2.js"></script>`;
  const more = { "live/embed-2.js": () => files.get("live/embed.js") };
  const empty = `<ssim-view artifact="live/demo.ssim" view="curves"></ssim-view>`;
  return inDocument(() => tags.map + empty, { head, more }, async (page) => {
    await makeLive(page, 0);
    assert.equal(await page.locator("ssim-view").nth(1).getByRole("button").innerText(), "Make it live");
    await makeLive(page, 1);
  });
});

test("by touch: with the lasso a finger draws an outline, buttons zoom", () =>
  withPage({ hash: "#/explore", width: 390, hasTouch: true }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await page.getByRole("button", { name: "Lasso" }).tap();
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    const finger = await page.context().newCDPSession(page);
    const touch = (type, x, y) =>
      finger.send("Input.dispatchTouchEvent", {
        type, touchPoints: type === "touchEnd" ? [] : [{ x: box.x + x * box.width, y: box.y + y * box.height }],
      });
    await touch("touchStart", 0.2, 0.2);
    for (const [x, y] of [[0.5, 0.2], [0.9, 0.3], [0.9, 0.9], [0.5, 0.95], [0.2, 0.8]]) await touch("touchMove", x, y);
    await touch("touchEnd");
    await page.waitForFunction(() => /[1-9][\d,]* selected/.test(document.querySelector(".map .told").innerText));
    const before = await page.evaluate(() => location.hash);
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.waitForFunction((was) => location.hash !== was && /[?&]v=/.test(location.hash), before);
  }));
