// A static server that compresses files, as hosts of static pages do. The budgets of the network
// are for compressed files.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const COMPRESSED = new Set([".html", ".js", ".mjs", ".wasm", ".css", ".svg"]);

/// Serves every folder below its name, and the bytes that were `put` below `/made/`.
export async function serve(folders) {
  const made = new Map([["blank.html", Buffer.from("<!doctype html><title>bench</title>")]]);
  const kept = new Map();
  // Files are compressed once, because a reader does not wait for a host to compress them.
  const load = async (folder, name) => {
    const bytes = folder === "made" ? made.get(name) : await readFile(join(folders[folder], name));
    return COMPRESSED.has(extname(name)) ? { bytes: gzipSync(bytes, { level: 9 }), encoding: "gzip" } : { bytes };
  };
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const [, folder, ...rest] = path.split("/");
    const name = rest.join("/") || "index.html";
    try {
      if (folder !== "made" && !(folder in folders)) throw new Error("no such folder");
      if (!kept.has(path)) kept.set(path, await load(folder, name));
      const { bytes, encoding } = kept.get(path);
      response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
      response.setHeader("content-length", bytes.length);
      if (encoding) response.setHeader("content-encoding", encoding);
      response.writeHead(200).end(bytes);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not here");
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    put: (name, bytes) => (made.set(name, bytes), kept.delete(`/made/${name}`), `${url}/made/${name}`),
    close: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))),
  };
}
