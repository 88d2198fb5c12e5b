// A live picture: fetches the artifact, lets the worker draw it, and makes a form with the choices.
// The address holds the state: view.html#artifact=run.ssim&view=map&ratio=0.3&theme=dark
const root = document.documentElement;
const [told, title, picture, form] = ["told", "title", "picture", "controls"].map((id) => document.getElementById(id));
const framed = parent !== window;
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];
root.classList.toggle("alone", !framed);

const asked = new URLSearchParams(location.hash.slice(1));
const state = new URLSearchParams([...asked].filter(([key]) => !["artifact", "theme", "held"].includes(key)));
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
const widthOf = () => Math.min(root.clientWidth, POSTER_WIDTH);
const drawer = new Drawer(new Worker("./live_loader.js"), fail);
const live = new LivePicture(drawer, state, { picture, form, look, shown });
let opened = false;
const draw = () => opened && live.draw();

function look() {
  const now = theme ?? (system.matches ? "dark" : "light");
  root.dataset.theme = now;
  return { width: widthOf(), theme: now };
}

function shown({ title: name }, rules) {
  sheet.replaceSync(rules);
  document.title = title.textContent = name;
  told.hidden = true;
  told.textContent = "";
  tell({ drawn: true });
  tellHeight();
}

let width = 0;
addEventListener("resize", () => {
  const now = widthOf();
  if (now !== width) draw((width = now));
});

/// The bytes that the page around this frame has open. It must be a page of the same server.
const held = () =>
  new Promise((taken) => {
    addEventListener("message", ({ source, origin, data }) => {
      if (source === parent && origin === location.origin && data?.ssim === 1 && data.bytes) taken(data.bytes);
    });
    tell({ wanted: "bytes" });
  });

async function fetched() {
  const url = new URL(asked.get("artifact") || "demo.ssim", location);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname.split("/").pop()}: the server says ${response.status}.`);
  return response.arrayBuffer();
}

tell({ here: true });
try {
  const bytes = await (framed && asked.has("held") ? held() : fetched());
  await drawer.ready;
  await drawer.ask(bytes);
  opened = true;
  width = widthOf();
  await draw();
} catch (error) {
  fail("The file with the numbers could not be fetched.", error.message);
}
