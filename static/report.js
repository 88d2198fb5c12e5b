// Makes the pictures of a report live. The file holds everything packed: the worker's script, its program and the
// numbers. `ssim run` and `ssim export --html` write this script into the file, after picture.js.
{
  const told = document.getElementById("told");
  const LIVE = "The pictures are live: they are computed in this browser, from numbers in this file.";
  const figures = [...document.querySelectorAll("figure[data-state]")];

  function fail(what, _, detail = "") {
    told.textContent = [what, detail, "The pictures stay as they are."].filter(Boolean).join(" ");
    told.setAttribute("role", "alert");
    for (const figure of figures) figure.querySelector("form").replaceChildren();
  }

  /// The bytes of an element, unpacked.
  function unpacked(id) {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  /// Starts the worker. Its first message is its program, and from then on the program listens.
  async function started() {
    const start = `onmessage = ({ data }) => wasm_bindgen({ module_or_path: data })
      .catch((error) => setTimeout(() => { throw error; }));`;
    const [script, program] = await Promise.all([unpacked("worker"), unpacked("program")]);
    const address = URL.createObjectURL(new Blob([script, start], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.postMessage(program, [program]);
    return worker;
  }

  /// Draws a live picture in the place of a still one, and again when the figure gets another width.
  function enliven(figure, drawer) {
    const picture = figure.querySelector(".scroll");
    const state = new URLSearchParams(figure.dataset.state);
    // The report's own sheet gives the colours.
    const look = () => ({ width: Math.min(figure.clientWidth, POSTER_WIDTH), theme: "light" });
    let width = 0;
    const shown = () => {
      picture.removeAttribute("tabindex");
      figure.classList.add("live");
      if (!told.textContent) told.textContent = LIVE;
    };
    const live = new LivePicture(drawer, state, { picture, form: figure.querySelector("form"), look, shown });
    new ResizeObserver(() => {
      if (figure.clientWidth !== width) live.draw((width = figure.clientWidth));
    }).observe(figure);
  }

  async function begin() {
    const drawer = new Drawer(await started(), fail);
    await drawer.ready;
    await drawer.ask(await unpacked("numbers"));
    for (const figure of figures) enliven(figure, drawer);
  }
  begin().catch((error) => fail(LOST, "", String(error)));
}
