// Embedded rows, and the way of their gradients back to the rows of a batch.
#include "kernel.h"

struct embed_arguments {
    const f32 *table; // [N, D]
    const u32 *ids;   // [n, F]
    const u32 *rows;  // [m], the rows of the batch
    const u32 *pairs; // [P], places in the batch, or null for all places in their order
    f32 *out;         // [P, F·D]
    u32 count;        // P
    u32 fields;
    u32 dim;
};

// Copies the embeddings of the ids of every pair's row. Pairs that fill up get zeros.
KERNEL(embed) {
    u32 width = a.fields * a.dim;
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= (u64)a.count * width) continue;
        u32 pair = (u32)(i / width), cell = (u32)(i % width);
        u32 place = a.pairs ? a.pairs[pair] : pair;
        if (place == NONE) {
            a.out[i] = 0.0f;
            continue;
        }
        u32 id = a.ids[(u64)a.rows[place] * a.fields + cell / a.dim];
        a.out[i] = a.table[(u64)id * a.dim + cell % a.dim];
    }
}

struct collect_arguments {
    const f32 *slopes;   // [P, W], of the pairs
    const u32 *slots;    // [K, m], the number of a row among those of a tower, or NONE
    const u32 *starts;   // [K + 1]
    const f32 *selector; // [m, W], or null
    f32 *out;            // [m, W]
    u32 rows;            // m
    u32 towers;          // K
    u32 width;           // W
};

// Adds up the gradients of a row's embeddings: of the selector, and of every tower that sees it, in their order.
KERNEL(collect) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= (u64)a.rows * a.width) continue;
        u32 row = (u32)(i / a.width), cell = (u32)(i % a.width);
        f32 sum = a.selector ? a.selector[i] : 0.0f;
        for (u32 k = 0; k < a.towers; k++) {
            u32 slot = a.slots[(u64)k * a.rows + row];
            if (slot != NONE) sum += a.slopes[((u64)a.starts[k] + slot) * a.width + cell];
        }
        a.out[i] = sum;
    }
}
