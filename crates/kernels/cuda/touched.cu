// The distinct ids of a batch and the places where they stand: a stable radix sort, 8 bits at a time, and a
// scan for the first place of each id.
#include "kernel.h"

// Keys that a block of the sort moves.
#define TILE 1024u
#define DIGITS 256u

struct make_keys_arguments {
    const u32 *ids;  // [n, F]
    const u32 *rows; // [m]
    u32 *keys;       // [m·F]
    u32 *cells;      // [m·F], place·F + field
    u32 count;       // m·F
    u32 fields;      // F
};

// The id of every cell of the batch.
KERNEL(make_keys) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= a.count) continue;
        a.keys[i] = a.ids[(u64)a.rows[i / a.fields] * a.fields + i % a.fields];
        a.cells[i] = (u32)i;
    }
}

struct count_digits_arguments {
    const u32 *keys; // [n]
    u32 *counts;     // [256, tiles]
    u32 count;       // n
    u32 tiles;
    u32 shift;
};

// Counts how often each digit occurs in each tile.
KERNEL(count_digits) {
    SHARED u32 digits[TILE];
    u32 first = BLOCK * TILE;
    PHASE(t) {
        for (u32 i = t; i < TILE; i += THREADS) {
            digits[i] = first + i < a.count ? a.keys[first + i] >> a.shift & (DIGITS - 1) : DIGITS;
        }
    }
    PHASE(t) {
        u32 count = 0;
        for (u32 i = 0; i < TILE; i++) count += digits[i] == t;
        a.counts[(u64)t * a.tiles + BLOCK] = count;
    }
}

struct running_sum_arguments {
    u32 *values; // [n], replaced by the sums of all before each
    u32 *sum;    // [1], the sum of all, or null
    u32 count;   // n
};

// Sums of all values before each. It runs as one block.
KERNEL(running_sum) {
    SHARED u32 sums[THREADS], other[THREADS];
    SHARED u32 before;
    PHASE(t) {
        if (t == 0) before = 0;
    }
    for (u32 from = 0; from < a.count; from += THREADS) {
        PHASE(t) { sums[t] = from + t < a.count ? a.values[from + t] : 0; }
        RUNNING_SUM(sums, other)
        PHASE(t) {
            if (from + t < a.count) a.values[from + t] = before + (t > 0 ? sums[t - 1] : 0);
        }
        PHASE(t) {
            if (t == 0) before += sums[THREADS - 1];
        }
    }
    PHASE(t) {
        if (t == 0 && a.sum) a.sum[0] = before;
    }
}

struct move_keys_arguments {
    const u32 *keys;    // [n]
    const u32 *cells;   // [n]
    const u32 *firsts;  // [256, tiles], where the keys of each digit and tile go
    u32 *sorted_keys;   // [n]
    u32 *sorted_cells;  // [n]
    u32 count;          // n
    u32 tiles;
    u32 shift;
};

// Moves the keys of a tile to the places of their digit, in their order. A thread moves the keys of one digit.
KERNEL(move_keys) {
    SHARED u32 keys[TILE];
    u32 first = BLOCK * TILE;
    PHASE(t) {
        for (u32 i = t; i < TILE && first + i < a.count; i += THREADS) keys[i] = a.keys[first + i];
    }
    PHASE(t) {
        u32 to = a.firsts[(u64)t * a.tiles + BLOCK];
        for (u32 i = 0; i < TILE && first + i < a.count; i++) {
            if ((keys[i] >> a.shift & (DIGITS - 1)) != t) continue;
            a.sorted_keys[to] = keys[i];
            a.sorted_cells[to] = a.cells[first + i];
            to++;
        }
    }
}

struct count_firsts_arguments {
    const u32 *keys; // [n], sorted
    u32 *counts;     // [tiles]
    u32 count;       // n
};

// Counts the keys of each tile that differ from the key before.
KERNEL(count_firsts) {
    SHARED u32 sums[THREADS];
    u32 first = BLOCK * TILE;
    PHASE(t) {
        u32 sum = 0;
        for (u32 i = first + t; i < first + TILE && i < a.count; i += THREADS) {
            sum += i == 0 || a.keys[i] != a.keys[i - 1];
        }
        sums[t] = sum;
    }
    SUM_UP(sums)
    PHASE(t) {
        if (t == 0) a.counts[BLOCK] = sums[0];
    }
}

struct list_ids_arguments {
    const u32 *keys;   // [n], sorted
    const u32 *before; // [tiles], ids that begin before each tile
    const u32 *found;  // [1], ids in all, `u`
    u32 *ids;          // [n], of which u are written
    u32 *starts;       // [n + 1], of which u + 1 are written
    u32 count;         // n
};

// Lists the distinct keys and the places where each begins.
KERNEL(list_ids) {
    SHARED u32 sums[THREADS], other[THREADS];
    SHARED u32 listed;
    u32 first = BLOCK * TILE;
    PHASE(t) {
        if (t == 0) listed = a.before[BLOCK];
        if (t == 0 && BLOCK == 0) a.starts[a.found[0]] = a.count;
    }
    for (u32 from = first; from < first + TILE; from += THREADS) {
        PHASE(t) {
            u32 i = from + t;
            sums[t] = i < a.count && (i == 0 || a.keys[i] != a.keys[i - 1]);
        }
        RUNNING_SUM(sums, other)
        PHASE(t) {
            u32 before = t > 0 ? sums[t - 1] : 0;
            if (sums[t] == before) continue;
            a.ids[listed + before] = a.keys[from + t];
            a.starts[listed + before] = from + t;
        }
        PHASE(t) {
            if (t == 0) listed += sums[THREADS - 1];
        }
    }
}
