// Writes the messages of ONNX that a network needs, as protocol buffers. A field is a tag followed
// by a number or bytes.

const INT64 = 7;
const FLOAT = 1;

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

/// A constant of the graph, with floats or with 64-bit integers.
export function constant(name, shape, values) {
  const whole = !(values instanceof Float32Array);
  const data = whole ? BigInt64Array.from(values, BigInt) : values;
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const dims = shape.map((size) => number(1, size));
  return message(5, ...dims, number(2, whole ? INT64 : FLOAT), text(8, name), bytes(9, raw));
}

/// An operation, whose output has the operation's name. Attributes are integers.
export function node(operation, inputs, name, attributes = {}) {
  const attribute = ([name, value]) => message(5, text(1, name), number(3, value), number(20, 2));
  const given = inputs.map((input) => text(1, input));
  const settings = Object.entries(attributes).map(attribute);
  return message(1, ...given, text(2, name), text(3, name), text(4, operation), ...settings);
}

/// A matrix of any number of rows, which is an input (`field` 11) or an output (12) of the graph.
function matrix(field, name, type, columns) {
  const shape = message(2, message(1, text(2, "n")), message(1, number(1, columns)));
  return message(field, text(1, name), message(2, message(1, number(1, type), shape)));
}

/// A model whose input are integers `[n, columns]`, and whose output are floats `[n, columns]`.
export function model(parts, input, output) {
  const ends = [matrix(11, input.name, INT64, input.columns), matrix(12, output.name, FLOAT, output.columns)];
  const graph = message(7, ...parts, text(2, "network"), ...ends);
  return Buffer.concat([number(1, 8), message(8, text(1, ""), number(2, 17)), graph]);
}
