// Runs inside an empty page: two workers time their own predictions, one after the other.

const PATIENCE = 120_000;
const WARM_UP = 20;

/// The next message of a worker.
const answer = (worker) =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`a worker was silent for ${PATIENCE / 1000} s`)), PATIENCE);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message ?? "a worker could not be loaded"));
  });

const bytes = async (url) => (await fetch(url)).arrayBuffer();

// The numbers of requests and replies: postcard numbers them by their places in
// web/src/protocol/mod.rs.
const OPEN = 0;
const PACE = 4;
const OPENED = 1;
const PACED = 5;

/// Numbers as postcard writes them, with seven bits in a byte and the lowest bits first.
const varints = (...numbers) => {
  const bytes = [];
  for (let n of numbers) {
    for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
    bytes.push(n);
  }
  return new Uint8Array(bytes).buffer;
};

/// Reads varints and f64s from a message.
const reader = (buffer) => {
  const view = new DataView(buffer);
  let at = 0;
  const varint = () => {
    const byte = view.getUint8(at++);
    return byte < 128 ? byte : byte - 128 + 128 * varint();
  };
  const f64 = () => view.getFloat64((at += 8) - 8, true);
  return { varint, f64 };
};

/// Our worker, which is called with the messages of the page.
async function ours(artifact) {
  const worker = new Worker("/page/worker_loader.js");
  const version = reader((await answer(worker))[0]).varint();
  let id = 0;
  /// Sends a request, and gives back the content of the reply, which must be of this kind.
  const ask = async (kind, request, ...buffers) => {
    worker.postMessage([varints(version, ++id, ...request), ...buffers]);
    const [bytes] = await answer(worker);
    const reply = reader(bytes);
    const [, told, said] = [reply.varint(), reply.varint(), reply.varint()];
    if (told !== id || said !== kind) throw new Error(`the worker said ${new TextDecoder().decode(bytes)}`);
    return reply;
  };
  await ask(OPENED, [OPEN], await bytes(artifact));
  return async (rows, turns) => {
    const reply = await ask(PACED, [PACE, rows, turns]);
    const times = Array.from({ length: reply.varint() }, reply.f64);
    if (times.length !== turns) throw new Error("the worker's answer holds no times");
    return times;
  };
}

/// onnxruntime-web in a second worker.
async function theirs({ model, ids, fields }) {
  const worker = new Worker("/bench/onnx-worker.js", { type: "module" });
  const ask = async (message) => {
    worker.postMessage(message);
    const reply = await answer(worker);
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  await ask({ model: await bytes(model), ids: new Int32Array(await bytes(ids)), fields });
  return (turns) => ask({ turns });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/// The medians of every turn's repetitions, in milliseconds, and the largest difference between the
/// logits of onnxruntime-web and ours, `golden`.
export async function race({ rows, fields, turns, repeats, artifact, model, ids, golden, tolerance }) {
  const infer = await theirs({ model, ids, fields });
  // Both warm up before they are measured, because browsers compile code a second time after some
  // calls.
  const { logits } = await infer(WARM_UP);
  const apart = logits.reduce((most, z, i) => Math.max(most, Math.abs(z - golden[i])), 0);
  // Times can be compared only if both compute the same network.
  if (!(apart <= tolerance)) throw new Error(`onnxruntime-web computes other logits: ${apart} apart`);
  const predict = await ours(artifact);
  await predict(rows, WARM_UP);
  const result = { ours: [], theirs: [], apart };
  for (let turn = 0; turn < turns; turn++) {
    result.ours.push(median(await predict(rows, repeats)));
    result.theirs.push(median((await infer(repeats)).times));
  }
  return result;
}
