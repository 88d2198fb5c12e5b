// A reader's own table is read as the program reads it, and what is left out of it is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { alert, drop, opened, withPage } from "./browser.mjs";

const trained = async (page, name, bytes) => {
  await drop(page, name, bytes);
  await page.getByRole("option", { name, exact: true }).waitFor({ state: "attached" });
  const results = await page.locator("article.result").count();
  await page.getByLabel("Epochs").fill("1");
  await page.getByLabel("Epochs").blur();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.locator("article.result").nth(results).waitFor({ timeout: 120_000 });
  return page.locator("article.result").first().innerText();
};
/// A table: its head, and 600 rows that `row` makes.
const table = (head, end, row) => [head, ...Array.from({ length: 600 }, (_, i) => row(i)), ""].join(end);
const columns = (page, label) => page.getByLabel(label).locator("option").allInnerTexts();

/// The menu of the rows to train on.
const rowsOf = (page) => page.locator("label.choice", { has: page.getByText("Rows", { exact: true }) }).locator("select");

test("tables of every grammar are read as the program reads them", () =>
  withPage({}, async (page) => {
    await opened(page);
    const labels = ["true", "False", "yes", "NO"];
    const row = (cut) => (i) => ["1", i % 2, `t${i % 3}`, `u${i % 9}`].join(cut);
    const quoted = table('"a, b",click,tab,user', "\n", (i) => `"x,\n${i % 4}",${labels[(i >> 1) % 4]},t${i % 3},u${i % 9}`);
    assert.match(await trained(page, "quotes.csv", quoted), /quotes\.csv: 600 rows read$/m);
    assert.deepEqual(await columns(page, "Label column"), ["a, b", "click", "tab", "user"]);
    assert.match(await trained(page, "semicolons.csv", table("x; click;tab;user", "\n", row(";"))), /: 600 rows read$/m);
    assert.equal(await page.getByLabel("Label column").inputValue(), " click");
    assert.match(await trained(page, "mac.csv", table("x,click,tab,user", "\r", row(","))), /: 600 rows read$/m);
    assert.match(await trained(page, "tabs.tsv", table("x\tclick\ttab\tuser", "\n", row("\t"))), /: 600 rows read$/m);
    const packed = gzipSync(table("x,click,tab,user", "\r\n", row(",")));
    assert.match(await trained(page, "packed.csv.gz", packed), /packed\.csv\.gz: 600 rows read$/m);
  }));

test("rows that are left out are counted, and the first is named", () =>
  withPage({}, async (page) => {
    await opened(page);
    const half = table("x,click,tab,user", "\n", (i) => `1,${i % 2 ? "maybe" : (i >> 1) % 2},t${i % 3},u${i % 9}`);
    const words = 'half.csv: 600 rows read, 300 left out, the first at 3:2: field "click": expected 0 or 1, got "maybe"';
    assert.ok((await trained(page, "half.csv", half)).includes(words));
    assert.equal(await page.locator("#rows-read").innerText(), words);
    await drop(page, "none.csv", half.replace(/,[01],/g, ",no idea,"));
    await page.getByRole("option", { name: "none.csv", exact: true }).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await alert(page).getByText(/600 rejected, the first at 2:2: field "click": expected 0 or 1, got "no idea"/).first().waitFor();
  }));

test("a head that is no text, or too short, says where", () =>
  withPage({}, async (page) => {
    await opened(page);
    await drop(page, "latin.csv", Buffer.from("click,gr\xfc\xdfe,tab\n1,2,3\n", "latin1"));
    await alert(page).getByText(/latin\.csv:1:2: expected a header row of UTF-8 text/).first().waitFor();
    await drop(page, "short.csv", "click,tab\n1,2\n");
    await alert(page).getByText(/short\.csv:1:1: expected at least three columns/).first().waitFor();
    await alert(page).getByText("Still showing demo.ssim").waitFor();
  }));

test("a table that is too long is refused by its records", () =>
  withPage({}, async (page) => {
    await opened(page);
    const rows = (n) => ["click,tab,user", ...Array.from({ length: n }, (_, i) => `${i % 2},t${i % 3},"u\n${i % 9}"`), ""];
    await drop(page, "long.csv", rows(50_001).join("\n"));
    await page.getByRole("option", { name: "long.csv", exact: true }).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await alert(page).getByText("long.csv is too long for a page.").waitFor();
  }));

test("the planted truth is offered only where it is known", () =>
  withPage({ hash: "#/train" }, async (page) => {
    await page.locator(".going").waitFor();
    const offered = () => page.getByLabel("List").locator("option[value=planted]").count();
    assert.equal(await offered(), 1, "the demo is synthetic");
    await page.getByLabel("List").selectOption("planted");
    await drop(page, "mine.csv", table("x,click,tab,user", "\n", (i) => `1,${i % 2},t${i % 3},u${i % 9}`));
    await page.getByLabel("Label column").waitFor();
    assert.equal(await offered(), 0, "a table has no planted rows");
    assert.equal(await page.getByLabel("List").inputValue(), "ssim");
    await rowsOf(page).selectOption("10000");
    assert.equal(await offered(), 1, "generated rows have");
  }));

test("a button that cannot be pressed looks so", () =>
  withPage({ hash: "#/train" }, async (page) => {
    await page.locator(".going").waitFor();
    const button = page.getByRole("button", { name: "Train", exact: true });
    const look = () => button.evaluate((button) => {
      const { backgroundColor, color, borderStyle } = getComputedStyle(button);
      return { backgroundColor, color, borderStyle };
    });
    const able = await look();
    await button.click();
    await page.locator(".going progress").waitFor();
    assert.ok(await button.isDisabled());
    const unable = await look();
    for (const key of ["backgroundColor", "color", "borderStyle"]) assert.notEqual(unable[key], able[key], key);
  }));
