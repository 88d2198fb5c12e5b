// Which rows of a batch are shared, and which tower sees which rows.
#include "kernel.h"

struct listed_arguments {
    const u8 *list;  // [n], of the data set
    const u32 *rows; // [m]
    u8 *shared;      // [m]
    u32 count;       // m
};

// Whether each row of the batch is on the list.
KERNEL(listed) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i < a.count) a.shared[i] = a.list[a.rows[i]];
    }
}

struct masked_arguments {
    const f32 *heads;     // [m, H]
    const u32 *scenarios; // [n]
    const u32 *rows;      // [m]
    f32 *scores;          // [m]
    u8 *shared;           // [m]
    f64 threshold;
    f64 temperature;
    u32 count; // m
    u32 width; // H
};

// The score of each row from the head of its scenario, and the search mask g = 1[σ(τ·z) > ε].
KERNEL(masked) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= a.count) continue;
        u32 scenario = a.scenarios[a.rows[i]];
        u32 head = scenario < a.width ? scenario : a.width - 1;
        f32 z = a.heads[i * a.width + head];
        a.scores[i] = z;
        a.shared[i] = 1.0 / (1.0 + exp(-a.temperature * (f64)z)) > a.threshold;
    }
}

struct route_arguments {
    const u8 *shared;     // [m]
    const u32 *scenarios; // [n]
    const u32 *rows;      // [m]
    const u32 *starts;    // [K + 1], where the pairs of each tower begin
    u32 *pairs;           // [P], the place of each pair in the batch, or NONE
    u32 *towers;          // [P], its tower
    u32 *slots;           // [K, m], the number of a row among those of a tower, or NONE
    u32 *own;             // [K], rows of the tower's scenario that are not shared
    u32 *seen;            // [K], rows that the tower sees
    u32 count;            // m
    u32 width;            // K
};

// Lists for every tower its own rows and then the shared ones, in the order of the batch. A block works for
// one tower.
KERNEL(route) {
    SHARED u32 sums[THREADS], other[THREADS];
    SHARED u32 found;
    u32 k = BLOCK;
    u32 start = a.starts[k], room = a.starts[k + 1] - start;
    PHASE(t) {
        if (t == 0) found = 0;
    }
    for (u32 shared = 0; shared < 2; shared++) {
        for (u32 from = 0; from < a.count; from += THREADS) {
            PHASE(t) {
                u32 i = from + t;
                sums[t] = 0;
                if (i < a.count && a.shared[i] == shared) {
                    u32 scenario = a.scenarios[a.rows[i]];
                    u32 tower = scenario < a.width ? scenario : a.width - 1;
                    sums[t] = shared || tower == k;
                }
            }
            RUNNING_SUM(sums, other)
            PHASE(t) {
                u32 i = from + t;
                if (i >= a.count) continue;
                u32 slot = found + sums[t] - 1;
                u32 is_seen = sums[t] != (t > 0 ? sums[t - 1] : 0);
                if (is_seen && slot < room) {
                    a.pairs[start + slot] = i;
                    a.towers[start + slot] = k;
                    a.slots[(u64)k * a.count + i] = slot;
                } else if (!shared) {
                    a.slots[(u64)k * a.count + i] = NONE;
                }
            }
            PHASE(t) {
                if (t == 0) found += sums[THREADS - 1];
            }
        }
        PHASE(t) {
            // Where the room is too small, the rows without a slot are not counted: others add up what is counted.
            if (t == 0) (shared ? a.seen : a.own)[k] = found < room ? found : room;
        }
    }
    for (u32 from = found; from < room; from += THREADS) {
        PHASE(t) {
            if (from + t < room) {
                a.pairs[start + from + t] = NONE;
                a.towers[start + from + t] = k;
            }
        }
    }
}
