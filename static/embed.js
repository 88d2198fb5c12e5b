// <ssim-view address="#/explore?r=0.3" height="640">a link for readers without scripts</ssim-view>
// A poster first; the page itself is loaded when the reader asks for it.
const base = new URL(".", import.meta.url);

class SsimView extends HTMLElement {
  connectedCallback() {
    const height = Number(this.getAttribute("height")) || 640;
    const link = this.querySelector("a");
    const label = link ? link.textContent : "Shared instances (interactive)";
    const root = this.attachShadow({ mode: "open" });
    const box = document.createElement("div");
    Object.assign(box.style, {
      position: "relative", height: `${height}px`, border: "1px solid #8884", borderRadius: "8px", overflow: "hidden",
    });
    const poster = document.createElement("img");
    poster.src = new URL(this.getAttribute("poster") || "demo-map.svg", base);
    poster.alt = "";
    Object.assign(poster.style, { width: "100%", height: "100%", objectFit: "contain", opacity: ".5" });
    const button = document.createElement("button");
    button.textContent = label;
    Object.assign(button.style, {
      position: "absolute", inset: "0", margin: "auto", height: "fit-content", width: "fit-content", maxWidth: "90%",
      padding: "12px 20px", font: "600 15px system-ui, sans-serif", borderRadius: "6px", border: "1px solid #888",
      background: "Canvas", color: "CanvasText", cursor: "pointer",
    });
    button.addEventListener("click", () => {
      const frame = document.createElement("iframe");
      frame.src = new URL(this.getAttribute("address") || "#/explore?n=1", new URL("index.html", base));
      frame.title = label;
      Object.assign(frame.style, { width: "100%", height: "100%", border: "0" });
      box.replaceChildren(frame);
      frame.focus();
    });
    box.append(poster, button);
    root.append(box);
  }
}

customElements.define("ssim-view", SsimView);
