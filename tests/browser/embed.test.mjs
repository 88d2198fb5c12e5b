// Views of the page inside somebody else's document.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot, withPage } from "./browser.mjs";

const host = `<!doctype html>
<html lang="en"><head><title>A document</title><link rel="icon" href="data:,"><script type="module" src="embed.js"></script></head><body><h1>Three views</h1>
<ssim-view address="#/explore?n=1&r=0.3" height="500"><a href="./#/explore?n=1&r=0.3">Rows</a></ssim-view>
<ssim-view address="#/scenarios?n=1" height="500"><a href="./#/scenarios?n=1">Metrics</a></ssim-view>
<ssim-view address="#/what-if?n=1" height="500"><a href="./#/what-if?n=1">A changed row</a></ssim-view>
</body></html>`;
const change = (name, bytes) => (name === "host.html" ? Buffer.from(host) : bytes);

test("three embedded views in one document", () =>
  withPage({ change, hash: "host.html" }, async (page) => {
    const views = page.locator("ssim-view");
    assert.equal(await views.count(), 3);
    assert.equal(page.frames().length, 1, "posters first");
    for (const name of ["Rows", "Metrics", "A changed row"]) await page.getByRole("button", { name }).click();
    const frame = (nth) => views.nth(nth).locator("iframe").contentFrame();
    await frame(0).locator(".map canvas").waitFor();
    await frame(1).locator("#methods").waitFor();
    await frame(2).locator("#score").waitFor();
    assert.equal(await frame(0).getByRole("navigation", { name: "Pages" }).count(), 0, "no rail inside a document");

    // Each goes its own way.
    assert.equal(await frame(0).getByLabel("Share ratio", { exact: true }).inputValue(), "30");
    await frame(0).getByLabel("Share ratio", { exact: true }).fill("55");
    assert.equal(await frame(0).getByLabel("Share ratio in percent").inputValue(), "55");
    await frame(2).locator(".field input").first().waitFor();
    await shot(page, "embedded");
  }));

test("without scripts a link stands in the view's place", () =>
  withPage({ change, hash: "host.html", javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.getByRole("link", { name: "Rows" }).getAttribute("href"), "./#/explore?n=1&r=0.3");
  }));

test("by touch: a finger draws an outline, buttons zoom", () =>
  withPage({ hash: "#/explore", width: 390, hasTouch: true }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
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
