// The CTR model of an artifact as an ONNX model: an embedding, and a multi-layer perceptron per
// tower.

import { floats } from "./artifact.mjs";
import { constant, model, node } from "./onnx.mjs";

/// The weights `[outputs, inputs]` as `[inputs, outputs]`.
function transposed(weights, outputs, inputs) {
  const turned = new Float32Array(weights.length);
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) turned[i * outputs + o] = weights[o * inputs + i];
  return turned;
}

/// A model from ids `[n, fields]` to logits `[n, towers]`. Ids are places in one table for all
/// fields.
export function network(artifact) {
  const { header, arrays } = artifact;
  if (header.model.backbone !== "dnn") throw new Error(`expected a dnn, got ${header.model.backbone}`);
  const { width, towers, mlp } = header.model;
  const fields = header.schema.fields.length;
  const parts = [
    constant("table", arrays.get("model.embedding").shape, floats(artifact, "model.embedding")),
    constant("flat", [2], [-1, width]),
    node("Gather", ["table", "ids"], "rows", { axis: 0 }),
    node("Reshape", ["rows", "flat"], "embedded"),
  ];
  const linear = (name, input) => {
    const [outputs, inputs] = arrays.get(`${name}.weight`).shape;
    parts.push(
      constant(`${name}.w`, [inputs, outputs], transposed(floats(artifact, `${name}.weight`), outputs, inputs)),
      constant(`${name}.b`, [outputs], floats(artifact, `${name}.bias`)),
      node("MatMul", [input, `${name}.w`], `${name}.product`),
      node("Add", [`${name}.product`, `${name}.b`], `${name}.sum`),
    );
    return `${name}.sum`;
  };
  const logits = [];
  for (let k = 0; k < towers; k++) {
    let last = "embedded";
    for (let l = 0; l < mlp.length; l++) {
      const sum = linear(`model.towers.${k}.layers.${l}`, last);
      parts.push(node("Relu", [sum], (last = `${sum}.relu`)));
    }
    logits.push(linear(`model.towers.${k}.out`, last));
  }
  parts.push(node("Concat", logits, "logits", { axis: 1 }));
  return model(parts, { name: "ids", columns: fields }, { name: "logits", columns: towers });
}
