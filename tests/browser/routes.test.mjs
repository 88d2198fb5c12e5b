// Every page in two themes and at two widths: it is drawn, axe finds nothing, and nothing is wider
// than the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, shot, withPage } from "./browser.mjs";

const routes = {
  story: "figure svg",
  explore: "table.rows tbody th",
  scenarios: "#methods",
  "what-if": "#score",
  train: ".going",
  compare: "#overlap",
  embed: "#snippet",
};

/// The number of colours on a canvas, which is small if only the background is drawn.
const painted = (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return colours.size;
};

for (const [route, there] of Object.entries(routes)) {
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"]) {
      test(`${route} at ${width} px, ${scheme}`, () =>
        withPage({ width, scheme, hash: `#/${route}` }, async (page) => {
          await page.locator(there).first().waitFor();
          // The preview of an embedded view is a separate page, which loads after this one.
          for (const frame of page.frames()) await frame.waitForFunction(() => !document.getElementById("shell"));
          await page.waitForFunction(() => ![...document.querySelectorAll("figure > div")].some((f) => !f.firstChild));
          await page.waitForTimeout(150);
          for (const canvas of await page.locator("canvas").all()) {
            assert.ok((await canvas.evaluate(painted)) > 20, "an empty map");
          }
          await shot(page, `${route}-${width}-${scheme}`);
          await clean(page);
        }));
    }
  }
}
