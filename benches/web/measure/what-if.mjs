// The time that the worker takes to answer for a row, which the page shows as "Answered in N ms".

import { replied } from "../browser.mjs";
import { middle } from "../stats.mjs";

const ROWS = 20;

export async function whatIf({ opened }) {
  return opened("#/what-if", async (page) => {
    const answers = [await replied(page, "answer")];
    for (let row = 1; row < ROWS; row++) {
      await page.getByRole("button", { name: "Next" }).click();
      answers.push(await replied(page, "answer", row + 1));
    }
    await page.getByText(/Answered in \d+ ms/).waitFor();
    return { what_if_ms: middle(answers) };
  });
}
