// Keeps the files of the page, so that it works without a network after one visit, with everything that it fetches only
// when somebody trains or embeds. `files.json` lists the files of the build, each with a digest. The network is asked
// first, so that an old copy never hides an update.
const KEPT = "ssim";
const LIST = "files.json";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepAll());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
  // Another build may have been published since the last visit. Without a network there is nothing to keep.
  if (request.mode === "navigate") event.waitUntil(keepAll().catch(() => {}));
});

async function answer(request) {
  const kept = await caches.open(KEPT);
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200) await kept.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const old = await kept.match(request, { ignoreSearch: true });
    if (old) return old;
    const folder = new URL("./", location).pathname === new URL(request.url).pathname;
    const page = folder && (await kept.match("index.html"));
    if (page) return page;
    throw error;
  }
}

/// Fetches the files of the build that are not kept or have changed, and forgets those that are gone.
async function keepAll() {
  const kept = await caches.open(KEPT);
  const list = await fetch(LIST, { cache: "no-cache" });
  // Only a build by `cargo xtask web` has a list.
  if (!list.ok) return;
  const files = await list.clone().json();
  const before = (await (await kept.match(LIST))?.json()) ?? {};
  const keep = async (name) => {
    const fresh = await fetch(name, { cache: "no-cache" });
    if (!fresh.ok) throw new Error(`${name}: HTTP status ${fresh.status}`);
    await kept.put(name, fresh);
  };
  await Promise.all(Object.keys(files).filter((name) => files[name] !== before[name]).map(keep));
  await Promise.all(Object.keys(before).filter((name) => !(name in files)).map((name) => kept.delete(name)));
  await kept.put(LIST, list);
}
