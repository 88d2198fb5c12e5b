// Runs inside the page, at #/explore: does what a pointer does, and takes the time.

// Drags before it counts: browsers compile what runs often once more.
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

/// From the ratio's change until the picture is painted, and the part of it that drawing takes, as the page says.
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

/// How long the page looks for the point below the pointer, and until that is painted. Whatever follows from what it
/// found comes after the event, so that the first is finding alone.
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

/// From the end of a lasso until the page says how many rows it holds.
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
