// Live pictures of one artifact: a worker draws them, and each has a form with its choices. A frame in somebody's
// document (view.js) and the report of a run (report.js) use this.
const POSTER_WIDTH = 760; // in CSS pixels
const LOST = "The program that draws could not be started.";
const PATIENCE = 60_000; // ms to wait for an answer: a worker that the browser kills reports no error
const NEEDS = "It needs a browser with WebAssembly SIMD, and a server that lets it run.";

/// A worker that holds one artifact. `fail(what, todo, detail)` hears of everything that goes wrong.
class Drawer {
  constructor(worker, fail) {
    this.worker = worker;
    this.fail = fail;
    this.asked = new Map();
    this.number = 0;
    this.ready = new Promise((resolve) => this.asked.set(0, { resolve }));
    worker.onerror = (event) => {
      event.preventDefault();
      fail(LOST, NEEDS, event.message);
    };
    worker.onmessage = ({ data: [id, text] }) => {
      const answer = JSON.parse(text);
      const { late, resolve } = this.asked.get(id) ?? {};
      this.asked.delete(id);
      clearTimeout(late);
      if (answer.failure) return fail(answer.failure, answer.todo, answer.detail);
      resolve?.(answer);
    };
  }

  ask(...parts) {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.fail("The program that draws has stopped.", "Reload the page."), PATIENCE);
      this.asked.set(++this.number, { late, resolve });
      this.worker.postMessage([this.number, ...parts]);
    });
  }
}

/// A picture in an element, and its choices in a form. `look()` gives width and theme, and `shown(answer, rules)` is
/// called after each drawing, with the style sheet of the picture.
class LivePicture {
  constructor(drawer, state, { picture, form, look, shown }) {
    Object.assign(this, { drawer, state, picture, form, look, shown, drawing: false, again: false });
  }

  /// One picture is drawn at a time. If the state changes meanwhile, one more is drawn, with the last state.
  async draw() {
    if (this.drawing) return void (this.again = true);
    this.drawing = true;
    do {
      this.again = false;
      const { width, theme } = this.look();
      this.show(await this.drawer.ask(this.state.toString(), width, theme));
    } while (this.again);
    this.drawing = false;
  }

  show(answer) {
    // A strict policy forbids inline styles, so the picture's rules go into a style sheet of the document.
    const [, rules = ""] = answer.svg.match(/<style>([^]*?)<\/style>/) ?? [];
    this.picture.innerHTML = answer.svg.replace(/<style>[^]*?<\/style>/, "");
    this.arrange(answer.controls);
    this.shown(answer, rules);
  }

  // While the choices are the same, the form keeps its elements, so that the reader does not lose the focus.
  arrange(controls) {
    const { form } = this;
    form.classList.toggle("many", controls.length > 4);
    const keys = controls.map((c) => c.key).join();
    if (form.dataset.keys !== keys) {
      form.dataset.keys = keys;
      form.replaceChildren(...controls.map((control) => this.made(control)));
    }
    controls.forEach((control, i) => filled(form.children[i], control));
  }

  made({ key, label, range }) {
    const place = document.createElement("div");
    place.className = range ? "range" : "";
    const input = document.createElement(range ? "input" : "select");
    if (range) {
      input.type = "range";
      [input.min, input.max, input.step] = range;
    }
    // A document may have several pictures with the same choice.
    input.id = `${key}-${LivePicture.inputs++}`;
    input.addEventListener("input", () => {
      // The changes belong to the row before.
      const { state } = this;
      if (key === "row") for (const k of [...state.keys()]) if (/^(edits$|field\.)/.test(k)) state.delete(k);
      state.set(key, input.value);
      if (range) place.querySelector("output").textContent = written(range, input.value);
      this.draw();
    });
    const name = document.createElement("label");
    name.htmlFor = input.id;
    name.textContent = label;
    place.append(name, ...(range ? [document.createElement("output")] : []), input);
    return place;
  }

  static inputs = 0;
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
function written([, most], value) {
  return most === 1 ? `${Math.round(100 * value)} %` : value;
}
