// Reads and writes artifacts, which are safetensors with a JSON header
// (`crates/core/src/artifact`).

const SIZES = { U8: 1, U16: 2, F16: 2, U32: 4, F32: 4, U64: 8, F64: 8 };

/// The header of an artifact, and its arrays as `{ dtype, shape, bytes }`.
export function read(file) {
  const length = Number(file.readBigUInt64LE());
  const { __metadata__, ...entries } = JSON.parse(file.subarray(8, 8 + length).toString());
  const arrays = new Map();
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    arrays.set(name, { dtype, shape, bytes: file.subarray(8 + length + from, 8 + length + to) });
  }
  return { header: JSON.parse(__metadata__.ssim), arrays };
}

/// The bytes of the artifact's file.
export function write({ header, arrays }) {
  const entries = { __metadata__: { ssim: JSON.stringify(header) } };
  let end = 0;
  // The reader expects offsets in order and aligned numbers, so arrays of the widest numbers come
  // first.
  const sorted = [...arrays].sort(([, a], [, b]) => SIZES[b.dtype] - SIZES[a.dtype]);
  for (const [name, { dtype, shape, bytes }] of sorted) {
    entries[name] = { dtype, shape, data_offsets: [end, (end += bytes.length)] };
  }
  const text = JSON.stringify(entries);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const begin = Buffer.alloc(8);
  begin.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([begin, json, ...sorted.map(([, array]) => array.bytes)]);
}

/// The 32-bit floats of an array.
export function floats({ arrays }, name) {
  const array = arrays.get(name);
  if (array?.dtype !== "F32") throw new Error(`array "${name}": expected F32, got ${array?.dtype ?? "none"}`);
  return new Float32Array(aligned(array.bytes));
}

/// The ids of the sample, `[n, fields]` row by row, with 16 or 32 bits.
export function ids({ arrays }) {
  const { dtype, bytes } = arrays.get("sample.ids");
  const Ids = { U16: Uint16Array, U32: Uint32Array }[dtype];
  return new Ids(aligned(bytes));
}

/// A copy of the bytes that is aligned for numbers of any size.
function aligned(bytes) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

/// The artifact with a sample of `rows` rows, in which its own rows are repeated. Every repetition
/// takes the fields at odd places from another row, so that points are drawn beside one another.
/// The golden values are then wrong. The page says so, and draws the points nevertheless.
export function repeated({ header, arrays }, rows) {
  const n = header.sample;
  const grown = new Map(arrays);
  for (const [name, { dtype, shape, bytes }] of arrays) {
    const ofRows = /^(sample|golden|projection|moment)\./.test(name) && !name.startsWith("golden.variant.") && shape[0] === n;
    if (!ofRows) continue;
    const all = Buffer.alloc((rows * bytes.length) / n);
    for (let at = 0; at < all.length; at += bytes.length) bytes.copy(all, at);
    grown.set(name, { dtype, shape: [rows, ...shape.slice(1)], bytes: all });
  }
  mix(grown.get("sample.ids"), n);
  return { header: { ...header, sample: rows }, arrays: grown };
}

function mix({ dtype, shape: [rows, fields], bytes }, n) {
  const size = SIZES[dtype];
  const width = fields * size;
  for (let row = n; row < rows; row++) {
    const round = Math.floor(row / n);
    for (let field = 1; field < fields; field += 2) {
      const from = ((row + round * (2 * field + 1)) % n) * width + field * size;
      bytes.copy(bytes, row * width + field * size, from, from + size);
    }
  }
}
