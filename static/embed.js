// <ssim-view artifact="run.ssim" view="map" ratio="0.3"><a href="…"><picture>…</picture></a></ssim-view>
// The element shows the poster inside it until the live view is drawn, or always if it cannot be drawn.
const base = new URL(".", import.meta.url);
const STATE = ["view", "ratio", "metric", "curve", "row", "edits", "by"];
const PATIENCE = 20_000; // ms to wait for the frame's first message
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const STYLE = `
:host { display: block; position: relative; max-width: 760px; margin: 1em 0 }
:host([hidden]) { display: none }
iframe { display: block; width: 100%; border: 0; background: none }
iframe.waiting { position: absolute; inset: 0; height: 100%; visibility: hidden }
::slotted(*) { max-width: 100% }
.bar { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; padding: 4px 0; font: 14px/20px system-ui, sans-serif }
button { min-height: 32px; padding: 4px 12px; font: inherit; color: ButtonText; background: ButtonFace; border: 1px solid GrayText; border-radius: 6px; cursor: pointer }
/* The caret says what colour the page itself has. */
p { margin: 0; caret-color: Canvas }
[hidden] { display: none !important }`;

/// Whether a colour in any notation is dark; null if it is transparent.
function isDark(colour) {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
  return a < 128 ? null : 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

class SsimView extends HTMLElement {
  static observedAttributes = ["artifact", "theme", ...STATE];

  connectedCallback() {
    if (!this.shadowRoot) this.build();
    this.watch = new MutationObserver(() => this.tint());
    for (const above of [document.documentElement, document.body]) this.watch.observe(above, { attributes: true });
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this);
    addEventListener("message", this);
    document.addEventListener("securitypolicyviolation", this);
    this.tint();
    if (this.getAttribute("load") === "lazy") {
      this.seen = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.live());
      this.seen.observe(this);
    }
  }

  disconnectedCallback() {
    this.watch.disconnect();
    this.seen?.disconnect();
    this.dark.removeEventListener("change", this);
    removeEventListener("message", this);
    document.removeEventListener("securitypolicyviolation", this);
    this.still("");
  }

  attributeChangedCallback(name) {
    if (name === "theme") return this.isConnected && this.tint();
    if (this.frame) this.still(""), this.live();
  }

  build() {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<slot></slot><div class="bar"><button type="button"></button><p role="status"></p></div>`;
    [this.poster, this.button, this.told] = ["slot", "button", "p"].map((name) => root.querySelector(name));
    this.named = (this.querySelector("img")?.alt || this.textContent.trim() || "Shared instances").replace(/[.\s]+$/, "");
    this.button.textContent = "Make it live";
    this.button.setAttribute("aria-label", `Make it live: ${this.named}`);
    this.button.addEventListener("click", () => this.live(true));
    // A plain click on the link starts the live view here; with a key such as Ctrl the link opens elsewhere.
    this.addEventListener("click", (event) => {
      const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      if (plain && !this.failed && event.target.closest?.("a")) event.preventDefault(), this.live(true);
    });
    const height = Number(this.getAttribute("height"));
    if (height > 0) this.style.minHeight = `${height}px`;
  }

  /// The address of the frame, with the element's attributes as its state.
  get address() {
    const url = new URL("view.html", base);
    const artifact = this.getAttribute("artifact");
    const state = new URLSearchParams({ artifact: new URL(artifact ?? "demo.ssim", artifact === null ? base : document.baseURI) });
    for (const key of STATE) if (this.hasAttribute(key)) state.set(key, this.getAttribute(key));
    state.set("theme", this.theme);
    url.hash = state;
    return url;
  }

  live(focus = false) {
    if (this.frame) return;
    this.seen?.disconnect();
    this.failed = false;
    this.told.setAttribute("role", "status");
    this.told.textContent = "Loading the live view …";
    this.focused = focus;
    const frame = (this.frame = document.createElement("iframe"));
    frame.title = `${this.named} (live)`;
    frame.className = "waiting";
    frame.tabIndex = -1;
    frame.src = this.address;
    this.timer = setTimeout(() => this.still("The live view does not answer."), PATIENCE);
    // A frame that was refused fires "load" too, but never sends a message.
    frame.addEventListener("load", () => {
      setTimeout(() => this.frame === frame && !this.here && this.still("The live view may not be shown in this document."), 3000);
    });
    this.here = false;
    this.poster.after(frame);
    this.tint();
  }

  /// Shows the poster again, and the reason.
  still(why) {
    clearTimeout(this.timer);
    this.frame?.remove();
    this.frame = null;
    if (!this.shadowRoot) return;
    this.poster.hidden = this.button.hidden = false;
    this.told.textContent = why && `${why} The picture stays.`;
    this.failed = Boolean(why);
    if (why) this.told.setAttribute("role", "alert");
  }

  handleEvent(event) {
    if (event.type === "change") return this.tint();
    const { frame } = this;
    if (!frame) return;
    if (event.type === "securitypolicyviolation") {
      const directive = event.effectiveDirective;
      const ours = ["frame-src", "child-src", "default-src"].includes(directive) && base.href.startsWith(event.blockedURI.split("#")[0].replace(/view\.html$/, ""));
      if (ours) this.still("This document's policy forbids the live view's frame.");
      return;
    }
    const { source, origin, data } = event;
    if (source !== frame.contentWindow || origin !== base.origin || data?.ssim !== 1) return;
    if (data.here) {
      this.here = true;
      clearTimeout(this.timer);
      this.tint();
    }
    if (data.failed) this.still(String(data.failed));
    if (data.height > 0 && data.height < 20_000) frame.style.height = `${data.height}px`;
    if (data.drawn && frame.className) {
      frame.className = "";
      frame.removeAttribute("tabindex");
      this.poster.hidden = this.button.hidden = true;
      this.told.textContent = this.style.minHeight = "";
      if (this.focused) frame.focus();
    }
  }

  /// The theme that was asked for; otherwise dark or light like the background behind the element.
  get theme() {
    const asked = this.getAttribute("theme");
    if (asked === "light" || asked === "dark") return asked;
    for (let at = this; at; at = at.parentElement ?? at.getRootNode().host) {
      const dark = isDark(getComputedStyle(at).backgroundColor);
      if (dark !== null) return dark ? "dark" : "light";
    }
    return isDark(getComputedStyle(this.told).caretColor) ? "dark" : "light";
  }

  /// Shows the poster for the theme, and sends the theme to the frame.
  tint() {
    const { theme } = this;
    for (const source of this.querySelectorAll("source[media]")) {
      source.dataset.media ??= source.media;
      const dark = source.dataset.media.includes("dark");
      if (source.dataset.media.includes("color-scheme")) source.media = dark === (theme === "dark") ? "all" : "not all";
    }
    // An inline poster has its own style sheet, which follows the system's theme, not this background.
    for (const { sheet } of this.querySelectorAll("svg style")) {
      for (const { media } of sheet.cssRules) {
        if (/color-scheme|^(not )?all$/.test(media?.mediaText)) media.mediaText = theme === "dark" ? "all" : "not all";
      }
    }
    if (!this.frame) return;
    // A frame is transparent only if it has the same colour scheme as its document.
    this.frame.style.colorScheme = theme;
    this.frame.contentWindow?.postMessage({ ssim: 1, theme }, base.origin);
  }
}

// If a page loads two versions of this file, the first one defines the element.
if (!customElements.get("ssim-view")) customElements.define("ssim-view", SsimView);
