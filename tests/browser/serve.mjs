// A small static server, which is as strict as `ssim serve`: it sends the right types, and a
// content security policy that allows the page's own files and exactly its inline scripts. Pages
// that are not ours are sent without a policy.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

function policy(html) {
  const hashes = [...html.matchAll(/<script[^>]*>([^]*?)<\/script/g)]
    .filter(([, script]) => script)
    .map(([, script]) => ` 'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return (
    `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'${hashes.join("")}; worker-src 'self' blob:; ` +
    "connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; style-src 'self'; " +
    "style-src-attr 'unsafe-inline'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'self'"
  );
}

/// Serves `root` below `/sub/folder/`, because the page must run in any folder. `change(path,
/// bytes)` may give other bytes, or `null` for a 404; `headers` has more headers by name. The result's `answered` lists all requests:
/// the name, and the number of bytes or `null` for a 404.
export async function serve(root, { change = (_, bytes) => bytes, policed = true, headers = {} } = {}) {
  const csp = policed
    ? {
        "content-security-policy": policy(await readFile(join(root, "index.html"), "utf8")),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      }
    : {};
  const answered = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const name = path.replace(/^\/sub\/folder\//, "") || "index.html";
    const there = path.startsWith("/sub/folder/") && !name.includes("..");
    const found = there ? await readFile(join(root, name)).catch(() => null) : null;
    const bytes = change(name, found);
    answered.push({ name, bytes: bytes?.length ?? null });
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    if (bytes === null) return response.writeHead(404, { "content-type": "text/plain" }).end("not here");
    response.writeHead(200, { "content-type": type, "content-length": bytes.length, ...csp, ...headers[name] }).end(bytes);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    answered,
    url: `http://127.0.0.1:${server.address().port}/sub/folder/`,
    close: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))),
  };
}
