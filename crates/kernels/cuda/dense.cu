// What a layer does beside its product: bias, ReLU and dropout, forward and backward.
#include "kernel.h"

// The number of 16-bit words that dropout computes side by side on the host.
#define LANES 16u

// The i-th word of a row's random bits, as `word` of the crate `ssim-core`.
FUNCTION u32 word(u64 key, u32 i) {
    u32 x = (u32)key + i * 0x9E3779B9u;
    x = (x ^ (x >> 16)) * 0x21F0AAADu ^ (u32)(key >> 32);
    x = (x ^ (x >> 15)) * 0x735A2D97u;
    return x ^ (x >> 15);
}

struct finish_layer_arguments {
    f32 *y;           // [P, O], the products, changed in place
    const f32 *bias;  // [K, O]
    const u32 *pairs; // [P], places, or null for all places in their order
    const u32 *tower; // [P], or null where there is one network for all rows
    u64 key;          // of the step
    u32 count;        // P
    u32 outputs;      // O
    u32 layer;
    u32 relu;  // whether the layer has a ReLU
    u32 limit; // of 65,536 units, those that are dropped
    f32 scale; // 1/(1 − p); 1 for no dropout
};

// Adds the bias, and applies ReLU and dropout. Pairs that fill up become zeros.
KERNEL(finish_layer) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= (u64)a.count * a.outputs) continue;
        u32 pair = (u32)(i / a.outputs), unit = (u32)(i % a.outputs);
        u32 place = a.pairs ? a.pairs[pair] : pair;
        u32 k = a.tower ? a.tower[pair] : 0;
        if (place == NONE) {
            a.y[i] = 0.0f;
            continue;
        }
        f32 y = a.y[i] + a.bias[(u64)k * a.outputs + unit];
        // Not a maximum: it would turn NaN into 0 and hide that training diverged.
        if (a.relu && y < 0.0f) y = 0.0f;
        // A probability below 1/65,536 drops nothing, but the units are scaled all the same.
        if (a.scale != 1.0f) {
            u64 key = mix(mix(mix(a.key, (u64)k + 1), place), a.layer);
            u32 bits = word(key, unit / (2 * LANES) * LANES + unit % LANES);
            bits = unit / LANES % 2 ? bits >> 16 : bits & 0xFFFFu;
            y *= bits >= a.limit ? a.scale : 0.0f;
        }
        a.y[i] = y;
    }
}

struct begin_layer_arguments {
    f32 *slopes;  // [P, O], changed in place
    const f32 *y; // [P, O], the outputs
    u32 count;    // P
    u32 outputs;  // O
    f32 scale;    // 1/(1 − p)
};

// Brings the gradient of the outputs back through dropout and ReLU. An output is positive only if it passed both.
KERNEL(begin_layer) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i < (u64)a.count * a.outputs) a.slopes[i] = a.y[i] > 0.0f ? a.slopes[i] * a.scale : 0.0f;
    }
}

// Columns of a tile of `sum_columns`, and rows that are added side by side.
#define COLUMNS 32u
#define LINES (THREADS / COLUMNS)

struct sum_columns_arguments {
    const f32 *slopes; // [P, O]
    const u32 *starts; // [K + 1]
    const u32 *seen;   // [K]
    f32 *out;          // [K, O]
    u32 outputs;       // O
};

// The gradients of the biases: sums over the rows of each tower. A block adds up 32 columns of one tower.
KERNEL(sum_columns) {
    SHARED f32 sums[THREADS];
    u32 tiles = (a.outputs + COLUMNS - 1) / COLUMNS;
    u32 k = BLOCK / tiles, first = BLOCK % tiles * COLUMNS;
    u32 start = a.starts[k], rows = a.seen[k];
    PHASE(t) {
        u32 column = first + t % COLUMNS;
        f32 sum = 0.0f;
        if (column < a.outputs) {
            for (u32 row = t / COLUMNS; row < rows; row += LINES) {
                sum += a.slopes[((u64)start + row) * a.outputs + column];
            }
        }
        sums[t] = sum;
    }
    PHASE(t) {
        if (t >= COLUMNS || first + t >= a.outputs) continue;
        f32 sum = sums[t];
        for (u32 line = 1; line < LINES; line++) sum += sums[line * COLUMNS + t];
        a.out[(u64)k * a.outputs + first + t] = sum;
    }
}
