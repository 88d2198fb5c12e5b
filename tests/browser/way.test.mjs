// The reader's way through the page: Back, titles, scrolling, links to files, and the server's name of a
// file.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { alert, dist, drop, opened, shot, withHeader, withPage } from "./browser.mjs";

const settled = (page) => page.waitForTimeout(350);
const hashOf = (page) => page.evaluate(() => location.hash);
const go = (page, name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
const copied = async (page) => {
  await page.getByRole("button", { name: "Copy link" }).click();
  return page.evaluate(() => navigator.clipboard.readText());
};

test("Back takes back a row, a selection and a page, and not every move of a slider", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    await page.locator(".map canvas").waitFor();
    for (const ratio of ["20", "40", "60"]) await page.getByLabel("Share ratio", { exact: true }).fill(ratio);
    await page.locator(".legend tbody button").nth(1).click();
    await settled(page);
    assert.equal(await hashOf(page), "#/explore?r=0.6&s=scenario+%3D+2&u=1");
    await page.locator("table.rows tbody th button").first().click();
    await page.locator("#score").waitFor();
    await page.goBack();
    await page.locator(".map canvas").waitFor();
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "scenario = 2");
    await page.goBack();
    await settled(page);
    assert.equal(await hashOf(page), "#/explore?r=0.6&u=1");
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "");
    await page.goForward();
    await settled(page);
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "scenario = 2");
  }));

test("another page begins at its top, with its title and its heading", () =>
  withPage({ hash: "#/scenarios" }, async (page) => {
    await page.locator("#methods").waitFor();
    assert.match(await page.title(), /^Scenarios, demo\.ssim/);
    await page.evaluate(() => scrollTo(0, 1500));
    await go(page, "Explore");
    await page.locator(".map canvas").waitFor();
    await page.waitForFunction(() => scrollY === 0);
    assert.match(await page.title(), /^Explore, demo\.ssim/);
    await page.waitForFunction(() => document.activeElement.id === "explore");
  }));

test("the wheel scrolls the page over the map, and zooms with Ctrl", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await canvas.hover();
    const top = await page.evaluate(() => scrollY);
    await page.mouse.wheel(0, 200);
    await page.waitForFunction((top) => scrollY > top, top);
    await settled(page);
    assert.doesNotMatch(await hashOf(page), /v=/);
    await canvas.hover();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -200);
    await page.keyboard.up("Control");
    await page.waitForFunction(() => /v=/.test(location.hash));
  }));

test("a finger scrolls the page until a tool is on", () =>
  withPage({ hash: "#/explore", width: 390, hasTouch: true, isMobile: true }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    const touch = () => canvas.evaluate((canvas) => getComputedStyle(canvas).touchAction);
    assert.equal(await touch(), "pan-x pan-y");
    await page.getByRole("button", { name: "Lasso" }).tap();
    assert.equal(await touch(), "none");
    // The browser takes the pointer: no outline stays.
    await canvas.evaluate((canvas) => {
      const say = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, clientX: x, clientY: 300, button: 0, bubbles: true }));
      say("pointerdown", 100);
      say("pointermove", 180);
      say("pointercancel", 180);
    });
    await page.locator(".outline").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Lasso" }).tap();
    assert.equal(await touch(), "pan-x pan-y");
  }));

test("two fingers move the map and zoom it, and the page stays", () =>
  withPage({ hash: "#/explore", width: 390, hasTouch: true, isMobile: true }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    const top = await page.evaluate(() => scrollY);
    const finger = await page.context().newCDPSession(page);
    const touch = (type, ...points) => finger.send("Input.dispatchTouchEvent", {
      type, touchPoints: points.map(([x, y], id) => ({ id, x: box.x + x * box.width, y: box.y + y * box.height })),
    });
    await touch("touchStart", [0.4, 0.5], [0.6, 0.5]);
    for (const d of [0.15, 0.2, 0.25]) await touch("touchMove", [0.5 - d, 0.5], [0.5 + d, 0.5]);
    await touch("touchEnd");
    await page.waitForFunction(() => /[?&]v=/.test(location.hash));
    const width = (hash) => {
      const [left, right] = new URLSearchParams(hash.split("?")[1]).get("v").split(",").map(Number);
      return right - left;
    };
    const near = width(await hashOf(page));
    await touch("touchStart", [0.2, 0.5], [0.8, 0.5]);
    for (const d of [0.25, 0.2, 0.15]) await touch("touchMove", [0.5 - d, 0.5], [0.5 + d, 0.5]);
    await touch("touchEnd");
    await page.waitForFunction((was) => location.hash !== was, await hashOf(page));
    await settled(page);
    assert.ok(width(await hashOf(page)) > 1.5 * near, "fingers that come together show more");
    assert.equal(await page.evaluate(() => scrollY), top);
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "", "two fingers select nothing");
    assert.equal(await page.evaluate(() => visualViewport.scale), 1, "the page is not zoomed");
  }));

test("a link to a file of one's own asks for the file", async () => {
  const demo = await readFile(join(dist, "demo.ssim"));
  const mine = withHeader(demo, (own) => (own.schema.dataset = "mine"));
  await withPage({}, async (page) => {
    await opened(page);
    await drop(page, "my run.ssim", mine);
    await page.getByRole("heading", { level: 2, name: "mine" }).waitFor();
    await go(page, "Explore");
    await page.locator(".legend tbody button").nth(1).click();
    const link = await copied(page);
    assert.match(link, /f=[0-9a-f]{12}%3Amy\+run\.ssim/);
    await page.goto("about:blank");
    await page.goto(link);
    await alert(page).getByText("This link is for my run.ssim").waitFor();
    await shot(page, "link-asks");
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "");
    await drop(page, "renamed.ssim", mine);
    await page.locator(".file").getByText("renamed.ssim").waitFor();
    assert.equal(await page.getByLabel("Selection, as a rule").inputValue(), "scenario = 2");
    await alert(page).getByRole("heading").waitFor({ state: "detached" });
  });
});

test("the preview of an embedded picture is that of the open file", async () => {
  const demo = await readFile(join(dist, "demo.ssim"));
  await withPage({}, async (page) => {
    await opened(page);
    const names = ["north", "east", "south", "west"];
    await drop(page, "my run.ssim", withHeader(demo, (own) => (own.schema.scenarios = names)));
    await page.locator(".file").getByText("my run.ssim").waitFor();
    await go(page, "Embed");
    const picture = page.locator("iframe.preview").contentFrame().locator("#picture svg");
    await picture.waitFor();
    assert.match(await picture.innerHTML(), /north/);
    const snippet = await page.locator("#snippet").innerText();
    assert.match(snippet, /artifact="ssim\/my%20run\.ssim"/);
    assert.doesNotMatch(snippet, /127\.0\.0\.1|demo\.ssim/);
    await shot(page, "embed-own");
  });
});

test("the file has the name that the server says", () =>
  withPage({ headers: { "demo.ssim": { "content-disposition": "inline; filename*=UTF-8''my%20run%2Essim" } } },
    async (page) => {
      await opened(page);
      assert.match(await page.locator(".file").innerText(), /^my run\.ssim, /);
    }));

test("Try again trains again", () =>
  withPage({ hash: "#/train" }, async (page) => {
    await page.locator(".going").waitFor();
    const lines = ["click,tab,user,item", ...Array.from({ length: 300 }, (_, i) => `maybe,a${i % 2},u${i % 9},i${i % 7}`)];
    await drop(page, "mine.csv", Buffer.from(lines.join("\n") + "\n"));
    await page.getByLabel("Label column").waitFor();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await alert(page).getByText("mine.csv cannot be trained on.").waitFor();
    await page.evaluate(() => document.querySelector("[role=alert] h2").classList.add("old"));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("[role=alert] h2:not(.old)").getByText("mine.csv cannot be trained on.").waitFor();
  }));
