// Somebody who has never heard of the method, and whose scenarios gain what: the words of the page answer it, from the
// start page and within five clicks. The same way by keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, shot, withPage } from "./browser.mjs";

const amount = (text) => Number(text.replace("−", "-").match(/[-+]?\d+\.\d+/)[0]);

test("never heard of it: what gains, by how much, and which rows are shared, in five clicks", () =>
  withPage({ width: 1440 }, async (page) => {
    await opened(page);
    // Without a click: the question, the answer for this file, and the idea as a drawing and in words.
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Which instances should every scenario learn from?");
    const verdict = await page.locator("#verdict-told").innerText();
    const [, better, of] = verdict.match(/^Sharing helps (\d+) of (\d+) scenarios/).map(Number);
    assert.match(verdict, /The selector decides by (scenario, not by row|row)/);
    const words = await page.locator("article.step .words").allInnerTexts();
    for (const idea of [/holds clicks from \d+ scenarios/, /With everything shared, every row trains every tower/, /gives one number, the share score/]) {
      assert.ok(words.some((text) => idea.test(text)), String(idea));
    }

    let clicks = 0;
    const click = (target) => (clicks++, target.click());
    await click(page.getByRole("link", { name: "Explore the rows" }));
    await page.locator("table.rows tbody th").first().waitFor();
    // Every scenario: how many of its rows are shared, and what that does to its AUC.
    const gains = new Map();
    for (const card of await page.locator(".cards .card").all()) {
      const auc = (await card.locator("dt", { hasText: /^AUC$/ }).locator("+ dd").innerText());
      gains.set((await card.getByRole("heading").innerText()).trim(), amount(auc.match(/\((.*)\)/)?.[1] ?? "0.0"));
      assert.match(await card.locator("dt", { hasText: /^shared$/ }).locator("+ dd").innerText(), /^[\d,]+ \/ [\d,]+$/);
    }
    assert.equal(gains.size, of);
    assert.equal([...gains.values()].filter((gain) => gain > 0).length, better, "the verdict counts the gains of the cards");

    // One scenario's rows: which of them are shared.
    const [most] = [...gains].toSorted((a, b) => b[1] - a[1])[0];
    await click(page.locator(".legend tbody button", { hasText: most }));
    await page.getByRole("heading", { name: /^The selected rows, [\d,]+$/ }).waitFor();
    const row = page.locator("table.rows tbody tr:not(.space)").first();
    assert.match(await row.locator("td").nth(2).textContent(), /shared|private/);
    await click(row.getByRole("button"));
    await page.locator("#verdict").waitFor();
    assert.match(await page.locator("#verdict").innerText(), /^(shared with every tower|private to its scenario)$/);
    assert.match(await page.locator("#flip").innerText(), /makes the row (private|shared)/);

    // The gain with its interval, over seeds.
    await click(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Compare" }));
    await page.getByLabel("List B").waitFor();
    clicks++;
    await page.getByLabel("List B").selectOption("mt");
    const line = page.locator("table[aria-labelledby=worth] tbody tr", { hasText: most });
    await line.locator("td", { hasText: / to / }).waitFor();
    const difference = amount(await line.locator("td").nth(2).innerText());
    assert.ok(Math.abs(difference - gains.get(most)) < 1e-3, `${difference} here, ${gains.get(most)} in the card`);
    assert.ok(clicks <= 5, `${clicks} clicks`);
    await shot(page, "stranger");
  }));

test("the same by keyboard alone", () =>
  withPage({ width: 1440 }, async (page) => {
    await opened(page);
    const focused = () => page.evaluate(() => document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || "");
    const until = async (name, key = "Tab") => {
      for (let i = 0; i < 120; i++) {
        if (name.test(await focused())) return;
        await page.keyboard.press(key);
      }
      assert.fail(`${name} is not reached; at "${await focused()}"`);
    };
    await until(/^Explore$/);
    await page.keyboard.press("Enter");
    await page.locator("table.rows tbody th").first().waitFor();
    await page.waitForFunction(() => document.activeElement.id === "explore");
    await until(/^scenario 2$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^The selected rows/ }).waitFor();
    await until(/^\d+$/);
    await page.keyboard.press("Enter");
    await page.locator("#verdict").waitFor();
    await until(/^Compare$/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.locator("#overlap").waitFor();
    await until(/^List B/);
    const before = await page.locator("#overlap").innerText();
    await page.keyboard.press("End");
    await page.waitForFunction((was) => document.querySelector("#overlap").innerText !== was, before);
    assert.equal(await page.getByLabel("List B").inputValue(), "mt");
    await page.locator("table[aria-labelledby=worth] td", { hasText: / to / }).first().waitFor();
  }));
