// The time of one epoch on 20,000 rows, which are the train rows of 25,000 generated ones.

import { replied } from "../browser.mjs";
import { middle } from "../stats.mjs";

const TRAININGS = 3;

export async function train({ opened }) {
  return opened("#/train", async (page) => {
    const setting = (name, kind) => page.locator(".choice").filter({ hasText: name }).locator(kind).first();
    await setting(/^Rows/, "select").selectOption("25000");
    await setting(/^List/, "select").selectOption("mt");
    await setting(/^Epochs/, "input").fill("1");
    await setting(/^Epochs/, "input").press("Tab");
    await page.getByText("20,000 rows to learn from").waitFor();
    const seconds = [];
    for (let i = 1; i <= TRAININGS; i++) {
      await page.getByRole("button", { name: "Train", exact: true }).click();
      seconds.push((await replied(page, "trained", i)) / 1000);
    }
    return { epoch_s: middle(seconds) };
  });
}
