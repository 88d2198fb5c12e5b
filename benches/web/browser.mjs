// What the measurements have in common: a browser, the server, the page, and what its worker says.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const WAIT = 180_000;

/// Keeps every message that a worker of the page sends: it has numbers that the page shows rounded.
const listen = () => {
  const heard = (window.heard = []);
  window.Worker = class extends Worker {
    constructor(...how) {
      super(...how);
      this.addEventListener("message", ({ data: [text] }) => heard.push(JSON.parse(text).body));
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

  /// Opens an empty tab in a browser of its own, for `body`, with further command line arguments.
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

  /// Opens the built page at `hash`, with the demo read.
  async function opened(hash, body, args) {
    return tab(async (page) => {
      await page.goto(`${server.url}/page/${hash}`);
      await replied(page, "opened");
      return body(page);
    }, args);
  }

  return { dist, server, tab, opened, version: () => version, close: server.close };
}

/// The worker's `count`-th reply of a kind.
export async function replied(page, kind, count = 1) {
  const found = await page.waitForFunction(
    ([kind, count]) => {
      const failed = window.heard.find((body) => body.failed || body.crashed);
      return failed ?? window.heard.filter((body) => body[kind])[count - 1];
    },
    [kind, count],
  );
  const body = await found.jsonValue();
  if (!body[kind]) throw new Error(`the worker says ${JSON.stringify(body)}`);
  return body[kind];
}

/// Drops a file of the server on the page.
export async function drop(page, url, name) {
  const dataTransfer = await page.evaluateHandle(async ([url, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([await (await fetch(url)).blob()], name));
    return transfer;
  }, [url, name]);
  await page.dispatchEvent("body", "drop", { dataTransfer });
}
