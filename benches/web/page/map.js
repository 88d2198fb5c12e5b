// Runs inside the page at #/explore: it sends the events of a pointer, and measures times.

// The drags before measuring starts, because browsers compile code a second time after some calls.
const WARM_UP = 20;

const canvas = () => document.querySelector(".map canvas");
const told = () => document.querySelector(".map .told");
const frame = () => new Promise(requestAnimationFrame);
// The first callback runs before the picture is painted, the second one after.
const painted = async () => (await frame(), await frame());

async function timed(act) {
  const start = performance.now();
  act();
  await painted();
  return performance.now() - start;
}

async function quiet() {
  const times = [];
  for (let i = 0; i < 50; i++) times.push(await timed(() => {}));
  return times.sort((a, b) => a - b)[25];
}

/// The time from a change of the ratio until the picture is painted, and the time that drawing
/// takes according to the page.
export async function drag(times) {
  const ratio = document.getElementById("ratio");
  const legend = document.querySelector(".legend tfoot td");
  const idle = await quiet();
  const result = { painted: [], drawn: [] };
  for (let i = -WARM_UP; i < times; i++) {
    const before = legend.textContent;
    const time = await timed(() => {
      ratio.value = 20 + ((3 * (i + WARM_UP)) % 61);
      ratio.dispatchEvent(new Event("input", { bubbles: true }));
    });
    if (legend.textContent === before) throw new Error(`the counts did not follow the ratio: ${before}`);
    if (i < 0) continue;
    result.painted.push(Math.max(0, time - idle));
    result.drawn.push(Number(told().textContent.match(/in ([\d.]+) ms/)[1]));
  }
  return result;
}

function pointer(type, x, y) {
  const box = canvas().getBoundingClientRect();
  const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
  canvas().dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, button: 0, ...at }));
}

/// The time to find the point below the pointer, and the time until it is painted. The page reacts
/// to the point after the event, so the first time is that of finding only.
export async function pick(times) {
  const idle = await quiet();
  const result = { found: [], shown: [] };
  let hits = 0;
  for (let i = 0; i < times; i++) {
    const [x, y] = [0.1 + 0.8 * ((i * 0.618) % 1), 0.1 + 0.8 * ((i * 0.755) % 1)];
    let found;
    const shown = await timed(() => {
      const start = performance.now();
      pointer("pointermove", x, y);
      found = performance.now() - start;
    });
    result.found.push(found);
    result.shown.push(Math.max(0, shown - idle));
    hits += document.querySelector(".map .tip") ? 1 : 0;
  }
  if (hits === 0) throw new Error("the pointer found no point");
  return result;
}

/// The time from the end of a lasso until the page shows the number of selected rows.
export async function lasso(times) {
  const selected = () => told().textContent.match(/([\d,]+) selected/)[1];
  const result = [];
  for (let i = 0; i < times; i++) {
    const [x, y, radius] = [0.4 + 0.01 * (i % 20), 0.5, 0.2 + 0.05 * (i % 3)];
    const corner = (step) => [x + radius * Math.cos(step / 10), y + radius * Math.sin(step / 10)];
    pointer("pointerdown", ...corner(0));
    for (let step = 1; step <= 60; step++) pointer("pointermove", ...corner(step));
    await painted();
    const before = selected();
    const changed = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the lasso selected nothing new")), 10_000);
      const observer = new MutationObserver(() => {
        if (selected() === before) return;
        observer.disconnect();
        clearTimeout(late);
        resolve(performance.now());
      });
      observer.observe(told(), { characterData: true, childList: true, subtree: true });
    });
    const start = performance.now();
    pointer("pointerup", ...corner(60));
    result.push((await changed) - start);
    await painted();
  }
  return result;
}
