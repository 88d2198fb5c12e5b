// The times until the page is painted and reacts, on a slow computer with a slow connection.

import { replied } from "../browser.mjs";
import { median, middle } from "../stats.mjs";

const LOADS = 5;
const SLOWER = 4;
// A connection with 10 Mbit/s, and the latency that is usual for it.
const LINE = { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };

/// Runs in the page before all other scripts.
const watch = () => {
  const seen = (window.seen = { first: 0, largest: 0, shift: 0, interactions: {} });
  const on = (type, take, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  on("paint", (e) => e.name === "first-contentful-paint" && (seen.first = e.startTime));
  on("largest-contentful-paint", (e) => (seen.largest = e.startTime));
  on("layout-shift", (e) => e.hadRecentInput || (seen.shift += e.value));
  on(
    "event",
    ({ interactionId: id, duration }) => id && (seen.interactions[id] = Math.max(seen.interactions[id] ?? 0, duration)),
    { durationThreshold: 16 },
  );
};

export async function paint(bench) {
  const loads = [];
  for (let i = 0; i < LOADS; i++) loads.push(await bench.tab((page) => load(bench, page)));
  const of = (name) => loads.map((seen) => seen[name]);
  return {
    first_paint_ms: middle(of("first")),
    largest_paint_ms: middle(of("largest")),
    interaction_ms: middle(of("slowest")),
    shift: { value: median(of("shift")) },
  };
}

async function load({ server }, page) {
  const slow = await page.context().newCDPSession(page);
  await slow.send("Network.enable");
  await slow.send("Network.emulateNetworkConditions", LINE);
  await slow.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.addInitScript(watch);
  await page.goto(`${server.url}/page/`);
  await replied(page, "opened");
  // Charts and the map are drawn after the answer, and still belong to loading.
  await page.waitForTimeout(1500);
  const loaded = await page.evaluate(() => window.seen);
  await interact(page);
  await page.waitForTimeout(500);
  const { interactions, shift } = await page.evaluate(() => window.seen);
  // The browser does not report events below 16 ms. With fewer than 50 interactions the slowest is
  // the page's INP.
  return { ...loaded, shift, slowest: Math.max(16, ...Object.values(interactions)) };
}

/// Does what a reader does. The browser counts events of mouse and keys as interactions only if
/// they are real.
async function interact(page) {
  await page.getByRole("link", { name: "Explore", exact: true }).click();
  const slider = page.locator("#ratio");
  await slider.waitFor();
  const { x, y, width, height } = await slider.boundingBox();
  const along = (part) => page.mouse.move(x + part * width, y + height / 2);
  await along(0.5);
  await page.mouse.down();
  for (let step = 0; step <= 30; step++) await along(0.5 + 0.4 * Math.sin(step / 5));
  await page.mouse.up();
  for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowLeft");
  for (const name of ["Box", "Lasso", "Show all"]) {
    const button = page.getByRole("button", { name });
    if (await button.isEnabled()) await button.click();
  }
  await page.locator(".legend th button").first().click();
  for (const name of ["Scenarios", "What-if", "Train", "Compare", "Story"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.waitForTimeout(200);
  }
}
