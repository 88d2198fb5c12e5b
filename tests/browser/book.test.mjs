// The built book and the libraries' documentation: live pictures, posters, axe's findings, and the
// sizes of pages. SSIM_BOOK: the folder that `cargo xtask book` has written after the page was
// built.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clean, shot, withPage } from "./browser.mjs";
import { drawn, frameOf, makeLive, redrawn } from "./live.mjs";

const book = process.env.SSIM_BOOK;
assert.ok(book, "SSIM_BOOK names the built book");
const html = (folder) => readdirSync(join(book, folder)).filter((name) => name.endsWith(".html"));
/// The chapters. The other pages belong to mdBook: all chapters on one page for printing, the
/// contents, the 404 page.
const chapters = html("").filter((name) => !["print.html", "toc.html", "404.html", "index.html"].includes(name));
const crates = readdirSync(join(book, "api")).filter((name) => /^ssim/.test(name)).map((name) => `api/${name}/index.html`);
const pictured = [...chapters, ...crates].filter((name) => /<ssim-view artifact/.test(readFileSync(join(book, name), "utf8")
  .replace(/<pre>[^]*?<\/pre>/g, "")));
const open = (name, options, body) =>
  withPage({ root: book, policed: false, hash: name, ...options }, async (page, server) => {
    await page.waitForLoadState("networkidle");
    await body(page, server);
    const missing = server.answered.filter(({ bytes }) => bytes === null);
    assert.deepEqual(missing, [], "everything that is asked for is there");
  });

test("there is something to look at", () => {
  assert.ok(chapters.length >= 19, `${chapters}`);
  assert.ok(crates.length >= 5, `${crates}`);
  assert.ok(pictured.filter((name) => name.startsWith("api/")).length >= 3, `${pictured}`);
});

/// Tells whether the background of a picture, or of the live view in its place, is light or dark.
async function ground(page, place) {
  const png = (await place.screenshot()).toString("base64");
  const [r, g, b] = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const context = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height }).getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(5, image.height / 2, 1, 1).data;
  }, png);
  return r + g + b > 600 ? "light" : r + g + b < 120 ? "dark" : `${[r, g, b]}`;
}

/// Makes every picture of a page live and moves its first control. That picture must change, and no
/// other.
async function react(page, tone) {
  const views = page.locator("ssim-view");
  const count = await views.count();
  for (let nth = 0; nth < count; nth++) {
    const poster = views.nth(nth).locator("img, svg").first();
    assert.equal(await ground(page, poster), tone, `poster ${nth}`);
    await makeLive(page, nth);
    assert.ok(await poster.isHidden());
  }
  for (let nth = 0; nth < count; nth++) {
    await frameOf(page, nth).locator(`:root[data-theme=${tone}]`).waitFor();
    assert.equal(await ground(page, frameOf(page, nth).locator("#picture svg")), tone, `live view ${nth}`);
    const was = await Promise.all([...Array(count).keys()].map((i) => drawn(page, i)));
    const control = frameOf(page, nth).locator("#controls input, #controls select").first();
    const most = await control.evaluate((input) => (input.type === "range" ? Number(input.max) : null));
    if (most !== null) await control.fill(most === 1 ? "0.35" : "7");
    else await control.selectOption(await control.evaluate((menu) => [...menu.options].find((o) => !o.selected).value));
    await redrawn(page, was[nth], nth);
    for (let i = 0; i < count; i++) if (i !== nth) assert.equal(await drawn(page, i), was[i], `${i} while ${nth} changes`);
  }
  return count;
}

const THEMES = { light: "light", rust: "light", coal: "dark", navy: "dark", ayu: "dark" };
const other = { light: "dark", dark: "light" };
/// Chooses a theme with the book's own menu.
const choose = async (page, theme) => {
  await page.locator("#mdbook-theme-toggle").click();
  await page.locator(`#mdbook-theme-${theme}`).click();
  await page.locator(`html.${theme}`).waitFor();
};
/// Chooses a theme with the documentation's own menu.
const chooseInApi = async (page, theme) => {
  await page.locator(".settings-menu a:visible").first().click();
  await page.locator(`#theme-${theme}`).click();
  await page.locator(`html[data-theme=${theme}]`).waitFor();
  await page.keyboard.press("Escape");
};

// The reader's system asks for one theme and the book's menu for another: pictures take that of
// their background.
for (const [theme, tone] of Object.entries(THEMES)) {
  test(`three live pictures on a page of the book, ${theme}`, () =>
    open("pictures.html", { scheme: other[tone] }, async (page) => {
      await choose(page, theme);
      assert.equal(await react(page, tone), 3);
      await shot(page, `pictures-${theme}`);
      const next = tone === "dark" ? "light" : "navy";
      await choose(page, next);
      for (const nth of [0, 1, 2]) await frameOf(page, nth).locator(`:root[data-theme=${THEMES[next]}]`).waitFor();
    }));
}

for (const name of pictured.filter((name) => name !== "pictures.html")) {
  for (const tone of ["light", "dark"]) {
    test(`${name}: live, ${tone}`, () =>
      open(name, { scheme: other[tone] }, async (page) => {
        if (name.startsWith("api/")) await chooseInApi(page, tone);
        else await choose(page, tone === "dark" ? "navy" : "light");
        assert.ok((await react(page, tone)) > 0);
        await shot(page, `${name.replaceAll("/", "-")}-${tone}`);
      }));
  }
}

for (const name of pictured) {
  for (const scheme of ["light", "dark"]) {
    test(`${name}: posters without scripts, ${scheme}`, () =>
      open(name, { scheme, javaScriptEnabled: false }, async (page) => {
        const views = await page.locator("ssim-view").all();
        assert.ok(views.length > 0);
        for (const view of views) {
          const poster = view.locator("img, svg").first();
          await poster.scrollIntoViewIfNeeded();
          const { width, height } = await poster.boundingBox();
          assert.ok(width > 300 && height > 100, `${width} × ${height}`);
          const named = await poster.evaluate((it) => (it.tagName === "IMG" ? it.naturalWidth > 0 && it.alt : it.textContent));
          assert.ok(named?.length > 10, `a picture that came, and says what it shows: ${named}`);
        }
        await shot(page, `silent-${name.replaceAll("/", "-")}-${scheme}`);
      }));
  }
}

/// The bytes that a page and the files it fetches at once may have on the disk: a megabyte.
const HEAVIEST = 1_000_000;
/// Findings of axe in the markup of mdBook and rustdoc, which cannot be changed from here.
const GUESTS = [
  // mdBook: the button for the contents is a label, and the menu bar is in no landmark.
  { rule: "aria-allowed-attr", inside: "#mdbook-sidebar-toggle" },
  { rule: "aria-prohibited-attr", inside: "#mdbook-sidebar-toggle" },
  { rule: "region", inside: "#mdbook-menu-bar" },
  // rustdoc: the bar on a narrow screen, the list of re-exports, and the line that folds a
  // description.
  { rule: "region", inside: "rustdoc-topbar" },
  { rule: "link-name", inside: "rustdoc-topbar, rustdoc-toolbar" },
  { rule: "definition-list", inside: "dl.item-table" },
  { rule: "summary-name", inside: "summary.hideme" },
];
const light = (server) => {
  const bytes = server.answered.reduce((sum, one) => sum + one.bytes, 0);
  const told = server.answered.toSorted((a, b) => b.bytes - a.bytes).map((one) => `${one.bytes} ${one.name}`).join("\n");
  assert.ok(bytes > 10_000 && bytes < HEAVIEST, `${bytes} bytes:\n${told}`);
};

for (const name of [...chapters, ...crates]) {
  for (const [scheme, width] of [["light", 1280], ["dark", 390]]) {
    test(`${name}: nothing for axe, light to fetch, ${scheme}, ${width} px`, () =>
      open(name, { scheme, width }, async (page, server) => {
        light(server);
        await shot(page, `${name.replaceAll("/", "-")}-${scheme}-${width}`);
        await clean(page, GUESTS);
      }));
  }
}

/// All pages of the documentation fetch the same files, so those with the longest text have the
/// most bytes.
test("the longest pages of the documentation are light to fetch", async () => {
  const pages = readdirSync(join(book, "api"), { recursive: true }).filter((name) => /^(src\/)?ssim.*\.html$/.test(name));
  const size = (name) => statSync(join(book, "api", name)).size;
  const longest = pages.toSorted((a, b) => size(b) - size(a)).slice(0, 5);
  for (const name of longest) await open(`api/${name}`, {}, (_, server) => light(server));
});
