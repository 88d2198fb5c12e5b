// A live picture: fetches the artifact, lets the worker draw it, and makes a form with the choices.
// The address holds the state: view.html#artifact=run.ssim&view=map&ratio=0.3&theme=dark
const WIDTH = 760; // of posters, in CSS pixels
const LOST = "The program that draws could not be started.";
const NEEDS = "It needs a browser with WebAssembly SIMD, and a server that lets it run.";
const root = document.documentElement;
const [told, title, picture, form] = ["told", "title", "picture", "controls"].map((id) => document.getElementById(id));
const framed = parent !== window;
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];
root.classList.toggle("alone", !framed);

const asked = new URLSearchParams(location.hash.slice(1));
const state = new URLSearchParams([...asked].filter(([key]) => key !== "artifact" && key !== "theme"));
const system = matchMedia("(prefers-color-scheme: dark)");
let theme = asked.get("theme");
let host = "*"; // any origin, until the element has answered

const tell = (message) => framed && parent.postMessage({ ssim: 1, ...message }, host);

// The element around the frame sends the theme; messages from others are ignored.
addEventListener("message", ({ source, origin, data }) => {
  if (!framed || source !== parent || data?.ssim !== 1) return;
  if (host === "*" && origin !== "null") host = origin;
  if (["light", "dark"].includes(data.theme) && data.theme !== theme) {
    theme = data.theme;
    draw();
  }
  tellHeight();
});
const tellHeight = () => tell({ height: Math.ceil(document.body.getBoundingClientRect().height) });
new ResizeObserver(tellHeight).observe(document.body);
system.addEventListener("change", () => theme || draw());
addEventListener("hashchange", () => location.reload());

function fail(what, todo = "", detail = "") {
  told.textContent = [what, todo, detail].filter(Boolean).join(" ");
  told.hidden = false;
  told.setAttribute("role", "alert");
  form.replaceChildren();
  picture.replaceChildren();
  tell({ failed: told.textContent });
}

addEventListener("error", ({ message }) => fail(LOST, NEEDS, message));
addEventListener("unhandledrejection", ({ reason }) => fail(LOST, NEEDS, String(reason)));
const worker = new Worker("./live_loader.js");
const answers = new Map();
let number = 0;
const ready = new Promise((resolve) => answers.set(0, resolve));
worker.onerror = (event) => {
  event.preventDefault();
  fail(LOST, NEEDS, event.message);
};
worker.onmessage = ({ data: [id, text] }) => {
  const answer = JSON.parse(text);
  if (answer.failure) return fail(answer.failure, answer.todo, answer.detail);
  answers.get(id)?.(answer);
  answers.delete(id);
};
const ask = (...parts) => new Promise((resolve) => {
  answers.set(++number, resolve);
  worker.postMessage([number, ...parts]);
});

// One picture is drawn at a time. If the state changes meanwhile, one more is drawn, with the last state.
let drawing = false, again = false, opened = false;
async function draw() {
  if (!opened) return;
  if (drawing) return void (again = true);
  drawing = true;
  do {
    again = false;
    const now = theme ?? (system.matches ? "dark" : "light");
    root.dataset.theme = now;
    const width = Math.min(root.clientWidth, WIDTH);
    show(await ask(state.toString(), width, now));
  } while (again);
  drawing = false;
}

function show({ title: name, svg, controls }) {
  // A strict policy forbids inline styles, so the picture's rules go into a style sheet of the document.
  const [, rules = ""] = svg.match(/<style>([^]*?)<\/style>/) ?? [];
  sheet.replaceSync(rules);
  picture.innerHTML = svg.replace(/<style>[^]*?<\/style>/, "");
  document.title = title.textContent = name;
  told.hidden = true;
  told.textContent = "";
  arrange(controls);
  tell({ drawn: true });
  tellHeight();
}

// While the choices are the same, the form keeps its elements, so that the reader does not lose the focus.
function arrange(controls) {
  form.classList.toggle("many", controls.length > 4);
  const keys = controls.map((c) => c.key).join();
  if (form.dataset.keys !== keys) {
    form.dataset.keys = keys;
    form.replaceChildren(...controls.map(made));
  }
  controls.forEach((control, i) => filled(form.children[i], control));
}

function made({ key, label, range }) {
  const place = document.createElement("div");
  place.className = range ? "range" : "";
  const input = document.createElement(range ? "input" : "select");
  if (range) {
    input.type = "range";
    [input.min, input.max, input.step] = range;
  }
  input.id = key;
  input.addEventListener("input", () => {
    // The changes belong to the row before.
    if (key === "row") for (const k of [...state.keys()]) if (/^(edits$|field\.)/.test(k)) state.delete(k);
    state.set(key, input.value);
    if (range) place.querySelector("output").textContent = written(range, input.value);
    draw();
  });
  const name = document.createElement("label");
  name.htmlFor = key;
  name.textContent = label;
  place.append(name, ...(range ? [document.createElement("output")] : []), input);
  return place;
}

function filled(place, { value, range, options }) {
  const input = place.querySelector("input, select");
  if (options) {
    const same = JSON.stringify(options);
    if (place.dataset.options !== same) {
      place.dataset.options = same;
      input.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    }
  } else place.querySelector("output").textContent = written(range, value);
  if (document.activeElement !== input || options) input.value = value;
}

/// Formats a value: a ratio in percent, other numbers as they are.
const written = ([, most], value) => (most === 1 ? `${Math.round(100 * value)} %` : value);

let width = 0;
addEventListener("resize", () => {
  const now = Math.min(root.clientWidth, WIDTH);
  if (now !== width) draw((width = now));
});

tell({ here: true });
try {
  const url = new URL(asked.get("artifact") || "demo.ssim", location);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname.split("/").pop()}: the server says ${response.status}.`);
  const bytes = await response.arrayBuffer();
  await ready;
  await ask(bytes);
  opened = true;
  width = Math.min(root.clientWidth, WIDTH);
  await draw();
} catch (error) {
  fail("The file with the numbers could not be fetched.", error.message);
}
