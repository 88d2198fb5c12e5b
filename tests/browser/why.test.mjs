// Why rows are shared, and what they do: rules over fields, and the views that the worker draws. SSIM_BIN: the native
// program, which makes files and says what is right.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alert, clean, dist, drop, shot, withPage } from "./browser.mjs";
import { ssim } from "./runs.mjs";

const to = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);
const hashOf = (page) => page.evaluate(() => location.hash);
const DEMO = join(dist ?? "", "demo.ssim");

let folder;
const at = (name) => join(folder, name);

/// A log of `k` scenarios. Names of values are hostile: quotes, markup, a formula, a tab, 200 characters.
function log(k) {
  const hostile = ['"a ""b"", <i>&"', "=HYPERLINK(1)", "x".repeat(200), "plain"];
  const lines = ["tab,user,item,kind,click"];
  let x = 7;
  const next = () => (x = (x * 16807) % 2147483647);
  for (let i = 0; i < 6000 + 40 * k; i++) {
    const [user, item] = [next() % 40, next() % 30];
    const own = i < 20 * k;
    const tab = own ? i % k : Math.floor(k * (next() / 2147483647) ** 2);
    const click = own ? Math.floor(i / k) % 3 === 0 : next() % 10 < (item % 5 === 0 ? 5 : 1);
    lines.push(`placement_${tab},${user},${item},${hostile[next() % 4]},${click ? 1 : 0}`);
  }
  return lines.join("\n") + "\n";
}

const SCHEMA = `label = "click"
scenario = "tab"
[[field]]
name = "user"
[[field]]
name = "item"
[[field]]
name = "kind"
[split]
random = { train = 0.7, val = 0.1, test = 0.2 }
`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ssim-why-"));
  await writeFile(at("schema.toml"), SCHEMA);
  await writeFile(at("60.csv"), log(60));
  await ssim("prepare", "table", "--input", at("60.csv"), "--schema", at("schema.toml"), "--out", at("d60"));
  await ssim("fit", "--data", at("d60"), "--method", "ssim", "--preset", "demo", "--max-steps", "6", "--out", at("r60"));
  await ssim("export", "--run", at("r60"), "--out", at("60.ssim"));
});
after(() => rm(folder, { recursive: true }));

const open60 = async (page) => {
  await page.locator(".file").getByText("demo.ssim").waitFor();
  await drop(page, "60.ssim", await readFile(at("60.ssim")));
  await page.locator(".file").getByText("60.ssim").waitFor();
};
const rule = (page) => page.getByLabel("Selection, as a rule");
/// Waits until Explore shows the file.
const ready = (page) => page.locator(".legend tbody tr").first().waitFor();
/// The title of the table, which has the number of selected rows.
const selected = async (page, n) => page.getByRole("heading", { name: `The selected rows, ${n.toLocaleString("en")}` }).waitFor();
/// The rows that the native program lists.
const listed = async (file, text, ...cut) => JSON.parse(await ssim("rows", file, ...cut, "--rule", text, "--json")).rows;
const view = (page, name) => page.getByRole("button", { name, exact: true });
const drawn = (page) => page.locator(".card.drawn");

test("a rule over fields selects the rows of `ssim rows`, and a link keeps it", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    await ready(page);
    for (const text of ["item = 3", "item in (3, 5) & price in (2) + user = 7 & score > 0 - click = 1", '"item" != "3" & shared = 1']) {
      await rule(page).fill(text);
      await rule(page).press("Enter");
      await selected(page, (await listed(DEMO, text)).length);
      assert.equal(await page.locator("#rule-error").innerText(), "");
    }
    // The list is part of the last rule, so another ratio selects other rows.
    await page.getByLabel("Share ratio", { exact: true }).fill("20");
    await selected(page, (await listed(DEMO, '"item" != "3" & shared = 1', "--ratio", "0.2")).length);
    await rule(page).fill("item = 3");
    await rule(page).press("Enter");
    const n = (await listed(DEMO, "item = 3")).length;
    await selected(page, n);
    await page.waitForTimeout(350);
    await page.reload();
    await selected(page, n);
    await page.getByText(`${n} selected`).waitFor();

    await rule(page).fill("tab = 3");
    await rule(page).press("Enter");
    await page.locator("#rule-error").getByText("there is no column `tab`; the columns are scenario,").waitFor();
    await rule(page).fill("hour in (3)");
    await rule(page).press("Enter");
    await page.locator("#rule-error").getByText('there is no field "hour"').waitFor();
  }));

test("a selection over fields outlives the worker", () =>
  withPage({ hash: "#/explore" }, async (page) => {
    await ready(page);
    await page.workers()[0].evaluate(() => setTimeout(() => { throw new Error("boom"); }));
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
    await rule(page).fill("item = 3");
    await rule(page).press("Enter");
    await selected(page, (await listed(DEMO, "item = 3")).length);
  }));

test("the share profile is that of `ssim profile`, and a click adds a value to the rule", () =>
  withPage({ width: 1440, hash: "#/explore?k=scenario&u=1" }, async (page) => {
    await ready(page);
    await view(page, "Which values are shared").click();
    const lines = drawn(page).locator("tbody tr");
    await lines.first().waitFor();
    const told = JSON.parse(await ssim("profile", DEMO, "--by", "scenario", "--top", "40", "--json"));
    const native = told.values.map((v) => [`${v.field} = ${v.value}`, v.rows.toLocaleString("en"), v.lift.toFixed(2)]);
    const cells = await lines.evaluateAll((all) => all.map((tr) => [tr.cells[0].innerText, tr.cells[1].innerText, tr.cells[4].innerText]));
    assert.deepEqual(cells, native);
    await drawn(page).getByText(`${told.beyond_chance} of ${told.found} field values are shared more or less often`).waitFor();
    await page.waitForTimeout(350);
    assert.match(await hashOf(page), /w=profile/);
    await clean(page);
    await shot(page, "why-profile");

    const first = drawn(page).locator("[data-add]").first();
    await first.click();
    const [value, rows] = cells[0];
    const [field, text] = value.split(" = ");
    assert.equal(await rule(page).inputValue(), `"${field}" = "${text}"`);
    await selected(page, Number(rows.replaceAll(",", "")));
    assert.equal(await first.getAttribute("aria-pressed"), "true");
    await drawn(page).locator("[data-add]").nth(1).click();
    assert.match(await rule(page).inputValue(), / \+ /);
    await first.click();
    assert.doesNotMatch(await rule(page).inputValue(), / \+ /);
    assert.equal(await first.getAttribute("aria-pressed"), "false");

    // The menu of fields keeps the focus when the view is drawn again.
    await drawn(page).getByLabel("Field").focus();
    await drawn(page).getByLabel("Field").selectOption({ label: "item" });
    await page.waitForFunction(() => [...document.querySelectorAll(".card.drawn tbody th")].every((th) => th.innerText.startsWith("item")));
    assert.equal(await page.evaluate(() => document.activeElement.id), "profile-field");
    await page.waitForTimeout(350);
    await page.reload();
    await lines.first().waitFor();
    assert.ok((await lines.first().innerText()).startsWith("item"), "a link keeps the field");
  }));

test("a profile of chance says that nothing is preferred, and one of whole scenarios why it is empty", () =>
  withPage({ hash: "#/explore?l=ssim-r&r=0.5&w=profile&u=1" }, async (page) => {
    await drawn(page).getByText("No field value is preferred beyond its scenario").waitFor();
    await to(page, "#/explore?l=mt&w=profile&u=1");
    await drawn(page).getByText("0 of the file's 6,000 rows are shared. No value says more than its scenario does").waitFor();
    await shot(page, "why-profile-empty");
  }));

test("the ledger is that of `ssim transfer`", () =>
  withPage({ width: 1440, hash: "#/explore?k=scenario&w=transfer&u=1" }, async (page) => {
    const lines = drawn(page).locator("table").first().locator("tbody tr");
    await lines.first().waitFor();
    const told = JSON.parse(await ssim("transfer", DEMO, "--by", "scenario", "--top", "40", "--json"));
    const text = (x) => (1000 * x).toFixed(1).replace("-", "−").replace(/^(?=[\d.]*[1-9])/, "+");
    const native = told.lines.map((l) => [`scenario ${l.rows_of}`, `scenario ${l.tower}`, l.rows.toLocaleString("en"), text(l.change)]);
    assert.deepEqual(await lines.evaluateAll((all) => all.map((tr) => [...tr.cells].slice(0, 4).map((td) => td.innerText))), native);
    await drawn(page).getByText(`better in ${told.better}, and worse in ${told.worse}, beyond chance`).waitFor();
    await clean(page);
    await shot(page, "why-transfer");
    await lines.first().locator("[data-add]").click();
    const from = native[0][0].split(" ")[1];
    assert.equal(await rule(page).inputValue(), `scenario = ${from} & shared = 1`);
    await selected(page, told.lines[0].rows);
    await drawn(page).getByLabel("Rows by").selectOption({ label: "position" });
    await drawn(page).getByText(/scenario \d, position = /).first().waitFor();
  }));

test("rows with their values are sorted and searched, and a found value is selected", () =>
  withPage({ width: 1440, hash: "#/explore?w=rows&u=1" }, async (page) => {
    const lines = drawn(page).locator("tbody tr");
    await lines.first().waitFor();
    assert.equal(await lines.count(), 50);
    const column = async (name) => {
      const heads = await drawn(page).locator("thead th").allInnerTexts();
      const place = heads.findIndex((head) => head.replace(/ [↑↓]/, "") === name);
      return lines.evaluateAll((all, place) => all.map((tr) => tr.cells[place].innerText), place);
    };
    const scores = (await column("share score")).map((text) => Number(text.replace("−", "-")));
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    await drawn(page).getByRole("button", { name: "price", exact: true }).click();
    await drawn(page).locator("#sort-13").waitFor();
    await drawn(page).locator("#sort-13").click();
    await drawn(page).locator("th[aria-sort=descending]", { hasText: "price" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "sort-13");
    await drawn(page).locator("#sort-13").click();
    await drawn(page).locator("th[aria-sort=ascending]", { hasText: "price" }).waitFor();
    const prices = (await column("price")).map(Number);
    assert.deepEqual(prices, prices.toSorted((a, b) => a - b));
    await drawn(page).getByRole("button", { name: "Next" }).click();
    await drawn(page).getByText("page 2 of 120").waitFor();
    await drawn(page).getByLabel("Search the values").fill("117");
    await drawn(page).getByLabel("Search the values").press("Enter");
    await drawn(page).getByText("rows of the file have a value with “117”").waitFor();
    await clean(page);
    await shot(page, "why-rows");
    await drawn(page).locator("[data-add]", { hasText: /^item = 117/ }).click();
    const rows = await listed(DEMO, "item = 117");
    await selected(page, rows.length);
    await drawn(page).getByText(`${rows.length} of ${rows.length} selected rows have a value`).waitFor();
    const number = await lines.first().locator("[data-row]").innerText();
    await lines.first().locator("[data-row]").click();
    await page.locator("#score").waitFor();
    assert.equal(await page.getByLabel("Row of the log").inputValue(), number);
  }));

test("the rows that are similar to a row come first, and so does the row itself", () =>
  withPage({ width: 1440, hash: "#/explore?w=rows&u=1" }, async (page) => {
    const lines = drawn(page).locator("tbody tr");
    const number = await lines.nth(7).locator("[data-row]").innerText();
    await lines.nth(7).getByRole("button", { name: `similar to row ${number}` }).click();
    await drawn(page).getByText(`Compared with row ${number}:`).waitFor();
    const cells = await lines.evaluateAll((all) => all.map((tr) => [tr.cells[0].innerText.split(/\s/)[0], Number(tr.cells[6].innerText)]));
    assert.deepEqual(cells[0], [number, 0]);
    const apart = cells.map((line) => line[1]);
    assert.ok(apart.at(-1) > 0);
    assert.deepEqual(apart, apart.toSorted((a, b) => a - b));
    await shot(page, "why-similar");
    await drawn(page).getByRole("button", { name: "Stop" }).click();
    await drawn(page).getByText("Compared with row").waitFor({ state: "detached" });
  }));

test("the values of every field are counted among the selected rows", () =>
  withPage({ width: 1440, hash: "#/explore?w=fields&u=1" }, async (page) => {
    const of = (name) => drawn(page).locator(".card", { has: page.getByRole("heading", { name, exact: true }) });
    await of("position").locator("tbody tr").first().waitFor();
    const counts = (name) => of(name).locator("tbody tr").evaluateAll((all) =>
      all.map((tr) => [tr.cells[0].innerText, Number(tr.cells[2].innerText.replaceAll(",", ""))]));
    for (const [value, rows] of await counts("position")) {
      if (value !== "unseen") assert.equal(rows, (await listed(DEMO, `"position" = "${value}"`)).length, value);
    }
    await clean(page);
    await shot(page, "why-fields");
    const [value, rows] = (await counts("position"))[0];
    await of("position").locator("[data-add]").first().click();
    await drawn(page).getByText(`The values of the ${rows.toLocaleString("en")} selected rows.`).waitFor();
    for (const [level, n] of (await counts("level")).filter(([level]) => level !== "unseen")) {
      assert.equal(n, (await listed(DEMO, `"position" = "${value}" & "level" = "${level}"`)).length);
    }
  }));

test("the tip tells the values of the row", () =>
  withPage({ width: 1440, hash: "#/explore" }, async (page) => {
    const canvas = page.locator(".map canvas");
    await canvas.waitFor();
    await page.waitForTimeout(350);
    const box = await canvas.boundingBox();
    const tip = page.locator(".tip");
    for (let i = 1; i < 40 && !(await tip.count()); i++) await page.mouse.move(box.x + (box.width * i) / 40, box.y + box.height / 2);
    const line = (await tip.locator("strong").innerText()).match(/row (\d+)/)[1];
    await tip.getByText(/^item: /).waitFor();
    const item = (await tip.getByText(/^item: /).innerText()).slice(6);
    const rows = await listed(DEMO, `item = "${item}"`);
    assert.ok(rows.some((row) => String(row.row) === line), `row ${line} has item ${item}`);
    await shot(page, "why-tip");
  }));

test("a selection is tested: two models for every seed, and an interval", () =>
  withPage({ width: 1440, hash: "#/explore?k=scenario&w=test&u=1" }, async (page) => {
    await drawn(page).getByText("Select rows first").waitFor();
    await rule(page).fill("item in (3, 5, 8) & shared = 0");
    await rule(page).press("Enter");
    const n = (await listed(DEMO, "item in (3, 5, 8) & shared = 0", "--by", "scenario")).length;
    await drawn(page).getByText(`${n} rows are selected, and 0 of them are shared.`).waitFor();
    await drawn(page).getByLabel("Seeds").selectOption("3");
    await drawn(page).locator('[data-force="3"]').click();
    await drawn(page).getByText(`Forcing in ${n} rows`).waitFor({ timeout: 120_000 });
    const lines = drawn(page).locator("tbody tr");
    assert.equal(await lines.count(), 6, "all rows by two metrics, and four scenarios");
    const [before, after, apart] = (await lines.first().locator("td").allInnerTexts()).slice(0, 3).map((t) => Number(t.replace("−", "-")));
    assert.ok(before > 0.5 && after > 0.5 && Math.abs(after - before - apart) < 2e-4, `${before} ${after} ${apart}`);
    await clean(page);
    await shot(page, "why-test");
    // The same test again has the same numbers.
    const told = await lines.allInnerTexts();
    await drawn(page).locator('[data-force="3"]').click();
    await lines.first().waitFor({ state: "detached" });
    await drawn(page).getByText(`Forcing in ${n} rows`).waitFor({ timeout: 120_000 });
    assert.deepEqual(await lines.allInnerTexts(), told);
  }));

test("sixty scenarios and hostile values", () =>
  withPage({ width: 1440 }, async (page) => {
    await open60(page);
    for (const name of ["profile", "transfer", "rows", "fields", "test"]) {
      await to(page, `#/explore?k=scenario&w=${name}&u=1`);
      await drawn(page).locator(name === "rows" ? "tbody tr" : "p.strong, p.note").first().waitFor();
      await clean(page);
      await shot(page, `why-60-${name}`);
    }
    await drawn(page).getByText("Select rows first").waitFor();
    await to(page, "#/explore?k=scenario&w=transfer&u=1");
    await drawn(page).getByText("This file has no model that shares nothing").waitFor();
    await to(page, "#/explore?k=scenario&w=rows&g=q=HYPER&u=1");
    const value = drawn(page).locator("[data-add]", { hasText: "=HYPERLINK(1)" });
    await value.click();
    const rows = await listed(at("60.ssim"), '"kind" = "=HYPERLINK(1)"');
    await selected(page, rows.length);
    await to(page, "#/explore?k=scenario&w=rows&g=q=<i>&u=1");
    const quoted = drawn(page).locator("[data-add]", { hasText: 'kind = a "b", <i>&' });
    await quoted.click();
    await selected(page, (await listed(at("60.ssim"), '"kind" = "a \\"b\\", <i>&"')).length);
    assert.equal(await drawn(page).locator("i").count(), 0);
    await to(page, "#/explore?k=scenario&w=rows&g=q=xxxx&u=1");
    await drawn(page).locator("[data-add]", { hasText: "xxxx" }).waitFor();
    await clean(page);
  }));

for (const [width, scheme] of [[390, "light"], [390, "dark"], [1440, "dark"]]) {
  test(`at ${width} px and ${scheme} the views fit`, () =>
    withPage({ width, scheme, hash: "#/explore?k=scenario&u=1" }, async (page) => {
      await ready(page);
      for (const [name, ready] of [["profile", "tbody tr"], ["transfer", "tbody tr"], ["rows", "tbody tr"], ["fields", "tbody tr"], ["test", "p.strong"]]) {
        await to(page, `#/explore?k=scenario&w=${name}&u=1`);
        await drawn(page).locator(ready).first().waitFor();
        await page.waitForTimeout(350);
        await clean(page);
        await shot(page, `why-${name}-${width}-${scheme}`);
      }
    }));
}

test("a view says when the worker has stopped, and is drawn again", () =>
  withPage({ hash: "#/explore?k=scenario&u=1" }, async (page) => {
    await ready(page);
    await page.workers()[0].evaluate(() => setTimeout(() => { throw new Error("boom"); }));
    await view(page, "Which values are shared").click();
    await alert(page).getByText("The worker that computes has stopped.").waitFor();
    await drawn(page).locator("tbody tr").first().waitFor();
  }));
