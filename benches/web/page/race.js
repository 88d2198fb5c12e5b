// Runs inside an empty page: two workers, each timing its own predictions, one after the other.

const PATIENCE = 120_000;
const WARM_UP = 20;

/// A worker's next message.
const answer = (worker) =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`a worker was silent for ${PATIENCE / 1000} s`)), PATIENCE);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message ?? "a worker could not be loaded"));
  });

const bytes = async (url) => (await fetch(url)).arrayBuffer();

/// Our worker, as the page talks to it.
async function ours(artifact) {
  const worker = new Worker("/page/worker_loader.js");
  const { version } = JSON.parse((await answer(worker))[0]);
  let id = 0;
  const ask = async (body, ...buffers) => {
    worker.postMessage([JSON.stringify({ version, id: ++id, body }), ...buffers]);
    const [text] = await answer(worker);
    const reply = JSON.parse(text).body;
    if (reply.failed || reply.crashed) throw new Error(text);
    return reply;
  };
  await ask("open", await bytes(artifact));
  return async (rows, turns) => {
    const times = (await ask({ pace: { rows, turns } })).pace?.milliseconds;
    if (times?.length !== turns) throw new Error("the worker's answer to `pace` holds no times");
    return times;
  };
}

/// onnxruntime-web in a worker of its own.
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

/// Medians of every turn's repetitions, in milliseconds, and how far their logits are from `golden`, which are ours.
export async function race({ rows, fields, turns, repeats, artifact, model, ids, golden, tolerance }) {
  const infer = await theirs({ model, ids, fields });
  // Both get hot before it counts: browsers compile twice.
  const { logits } = await infer(WARM_UP);
  const apart = logits.reduce((most, z, i) => Math.max(most, Math.abs(z - golden[i])), 0);
  // A race of two different networks would mean nothing.
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
