// Helpers for live pictures, in a document of any kind.

import assert from "node:assert/strict";

export const frameOf = (page, nth = 0) => page.locator("ssim-view").nth(nth).locator("iframe").contentFrame();
export const makeLive = async (page, nth = 0) => {
  await page.locator("ssim-view").nth(nth).getByRole("button").click();
  await frameOf(page, nth).locator("#picture svg").waitFor();
  await page.locator("ssim-view").nth(nth).locator("iframe:not(.waiting)").waitFor();
};
export const drawn = (page, nth = 0) => frameOf(page, nth).locator("#picture").innerHTML();
/// Waits until the picture differs from `was`.
export const redrawn = async (page, was, nth = 0) => {
  for (let i = 0; i < 100 && (await drawn(page, nth)) === was; i++) await page.waitForTimeout(50);
  assert.notEqual(await drawn(page, nth), was, "the picture changes");
};
