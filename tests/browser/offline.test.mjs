// The page works without a network after one visit, with what it fetches only later.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { dist, opened, withPage } from "./browser.mjs";

const go = (page, name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

test("one visit keeps every file of the build", () =>
  withPage({}, async (page) => {
    await opened(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const kept = await page.evaluate(async () => {
      const requests = await (await caches.open("ssim")).keys();
      return requests.map(({ url }) => new URL(url, location).pathname.split("/").pop());
    });
    for (const name of await readdir(dist)) assert.ok(kept.includes(name), `${name} among ${kept}`);
  }));

test("after one visit, trainings and pictures need no server", () =>
  withPage({ expected: /ERR_CONNECTION_REFUSED|Failed to fetch/ }, async (page, server) => {
    await opened(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await server.close();
    await page.reload();
    await opened(page);
    await go(page, "Train");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText("Done. The result is below.").waitFor();
    await go(page, "Embed");
    await page.locator("iframe").contentFrame().locator("#picture svg").waitFor();
  }));

test("files of an earlier build are fetched anew, and those that are gone are forgotten", () => {
  let later = false;
  const change = (name, bytes) => {
    if (!later) return name === "old.txt" ? Buffer.from("old") : name === "files.json" ? with_(bytes, { "old.txt": "1" }) : bytes;
    if (name === "files.json") return with_(bytes, { "view.css": "2" });
    return name === "view.css" ? Buffer.from("/* new */") : bytes;
  };
  const with_ = (bytes, more) => Buffer.from(JSON.stringify({ ...JSON.parse(bytes), ...more }));
  const text = (page, name) => page.evaluate(async (name) => (await (await caches.open("ssim")).match(name))?.text(), name);
  return withPage({ change }, async (page, server) => {
    await opened(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    assert.equal(await text(page, "old.txt"), "old");
    later = true;
    server.answered.length = 0;
    await page.reload();
    await opened(page);
    await page.waitForFunction(async () => (await (await caches.open("ssim")).match("old.txt")) === undefined);
    assert.equal(await text(page, "view.css"), "/* new */");
    const fetched = server.answered.map(({ name }) => name);
    assert.ok(!fetched.includes("trainer_bg.wasm"), "what has not changed is not fetched again");
  });
});
