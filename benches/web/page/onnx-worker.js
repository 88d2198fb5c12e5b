// Runs inside the worker of onnxruntime-web, which uses its wasm back end with one thread.

import * as ort from "/ort/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = "/ort/";
ort.env.wasm.numThreads = 1;
ort.env.wasm.simd = true;

let session, feeds;

async function hear({ model, ids, fields, turns }) {
  if (model) {
    const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
    session = await ort.InferenceSession.create(model, options);
    // The input is made before the time is taken, as in our worker.
    feeds = { ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length / fields, fields]) };
    return {};
  }
  const times = [];
  let logits;
  for (let turn = 0; turn < turns; turn++) {
    const start = performance.now();
    ({ logits } = await session.run(feeds));
    times.push(performance.now() - start);
  }
  return { times, logits: [...logits.data] };
}

onmessage = ({ data }) => hear(data).then(postMessage, (error) => postMessage({ error: String(error) }));
