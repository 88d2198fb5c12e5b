// Shared by the measurements: a browser, the server, the page, and the replies of its worker.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const WAIT = 180_000;

// The numbers of replies: postcard numbers them by their places in web/src/protocol/mod.rs.
const KINDS = { opened: 1, answer: 4, trained: 9, failed: 11, crashed: 12 };

/// Keeps the kind of every message that a worker of the page sends, and the number at the message's
/// end. A reply that reports a time has it there; the page shows it only rounded.
const listen = () => {
  const heard = (window.heard = []);
  window.Worker = class extends Worker {
    constructor(...how) {
      super(...how);
      this.addEventListener("message", ({ data: [bytes] }) => {
        const view = new DataView(bytes);
        // A message begins with version, number of the request and kind, as varints.
        let at = 0;
        const varint = () => {
          const byte = view.getUint8(at++);
          return byte < 128 ? byte : byte - 128 + 128 * varint();
        };
        const [, , kind] = [varint(), varint(), varint()];
        const milliseconds = bytes.byteLength >= at + 8 ? view.getFloat64(bytes.byteLength - 8, true) : 0;
        heard.push({ kind, milliseconds, text: new TextDecoder().decode(bytes) });
      });
    }
  };
};

export async function setup() {
  const { SSIM_WEB_DIST: dist, SSIM_CHROMIUM: executablePath } = process.env;
  if (!dist || !executablePath) throw new Error("SSIM_WEB_DIST and SSIM_CHROMIUM name the built page and the browser");
  const ort = join(here, "node_modules/onnxruntime-web/dist");
  const server = await serve({ page: dist, bench: join(here, "page"), ort });
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  let version = "no browser";

  /// Starts a browser with further command line arguments, and calls `body` with an empty tab.
  async function tab(body, args = []) {
    const browser = await chromium.launch({ executablePath, args: [...sandbox, ...args] });
    version = `Chromium ${browser.version()}`;
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT);
      await page.addInitScript(listen);
      return await body(page);
    } finally {
      await browser.close();
    }
  }

  /// Opens the built page at `hash`, waits until it has read the demo, and calls `body` with it.
  async function opened(hash, body, args) {
    return tab(async (page) => {
      await page.goto(`${server.url}/page/${hash}`);
      await replied(page, "opened");
      return body(page);
    }, args);
  }

  return { dist, server, tab, opened, version: () => version, close: server.close };
}

/// Waits for the worker's `count`-th reply of a kind, and gives back the time that it reports.
export async function replied(page, kind, count = 1) {
  const found = await page.waitForFunction(
    ([kind, count, { failed, crashed }]) =>
      window.heard.find((reply) => [failed, crashed].includes(reply.kind)) ??
      window.heard.filter((reply) => reply.kind === kind)[count - 1],
    [KINDS[kind], count, KINDS],
  );
  const reply = await found.jsonValue();
  if (reply.kind !== KINDS[kind]) throw new Error(`the worker says ${reply.text}`);
  return reply.milliseconds;
}

/// Drops a file from the server on the page.
export async function drop(page, url, name) {
  const dataTransfer = await page.evaluateHandle(async ([url, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([await (await fetch(url)).blob()], name));
    return transfer;
  }, [url, name]);
  await page.dispatchEvent("body", "drop", { dataTransfer });
}
