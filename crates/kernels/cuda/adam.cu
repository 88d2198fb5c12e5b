// Updates of dense parameters and of the embedding table: Adam with coupled L2, deferred on the rows that no batch
// touches, lazy, and row-wise Adagrad. The equations are those of `optimizer/` in the crate `ssim-train`.
#include "kernel.h"

#define BETA1 0.9f
#define BETA2 0.999f
// Subtracted in 64 bits: in 32, 1 − 0.999 is off by 1e-5 of itself.
#define REST1 ((f32)(1.0 - 0.9))
#define REST2 ((f32)(1.0 - 0.999))
#define EPSILON 1e-8f

// One value's step with the gradient g.
FUNCTION void update(f32 *w, f32 *m, f32 *v, f32 g, f32 step, f32 scale) {
    *m = cut(BETA1 * *m + REST1 * g);
    *v = cut(BETA2 * *v + REST2 * g * g);
    *w = cut(*w - step * *m / (sqrtf(*v) * scale + EPSILON));
}

// Whether training may go on: nothing moves by the gradient of a loss that is not finite.
FUNCTION u32 is_finite(f64 loss) {
    return loss - loss == 0.0;
}

struct adam_arguments {
    f32 *w;          // [n]
    const f32 *g;    // [n]
    f32 *m;          // [n]
    f32 *v;          // [n]
    const f64 *loss; // [1]
    u32 count;       // n
    f32 step;
    f32 scale;
    f32 l2;
};

// One step of dense parameters.
KERNEL(adam) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= a.count || !is_finite(a.loss[0])) continue;
        f32 w = a.w[i], m = a.m[i], v = a.v[i];
        update(&w, &m, &v, a.g[i] + a.l2 * w, a.step, a.scale);
        a.w[i] = w;
        a.m[i] = m;
        a.v[i] = v;
    }
}

struct catch_up_arguments {
    f32 *w;           // [N, D]
    f32 *m;           // [N, D]
    f32 *v;           // [N, D]
    const u32 *last;  // [N], steps that each row has seen
    const u32 *ids;   // [u]
    const u32 *found; // [1], u
    const f32 *rates; // [steps, 2], the step size and the scale of every step
    u32 dim;          // D
    u32 now;          // steps so far
    f32 l2;
};

// Takes the steps that rows have missed, whose gradient was the L2 term alone. A thread works on one value.
KERNEL(catch_up) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i / a.dim >= a.found[0]) continue;
        u32 id = a.ids[i / a.dim];
        u64 cell = (u64)id * a.dim + i % a.dim;
        f32 w = a.w[cell], m = a.m[cell], v = a.v[cell];
        for (u32 step = a.last[id]; step < a.now; step++) {
            if (m == 0.0f && a.l2 * w == 0.0f) {
                // Only v is left to move.
                w = cut(w);
                for (; step < a.now && v != 0.0f; step++) v = cut(BETA2 * v);
                break;
            }
            update(&w, &m, &v, a.l2 * w, a.rates[2 * step], a.rates[2 * step + 1]);
        }
        a.w[cell] = w;
        a.m[cell] = m;
        a.v[cell] = v;
    }
}

struct mark_arguments {
    u32 *last;        // [N]
    const u32 *ids;   // [u]
    const u32 *found; // [1], u
    u32 now;
};

// Notes the steps that rows have seen. It is a kernel of its own, since the threads of `catch_up` read them.
KERNEL(mark) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i < a.found[0]) a.last[a.ids[i]] = a.now;
    }
}

// The optimisers of a table.
#define ADAM 0u
#define LAZY_ADAM 1u
#define ADAGRAD 2u

struct table_step_arguments {
    f32 *w;            // [N, D]
    f32 *m;            // [N, D], or null
    f32 *v;            // [N, D], or [N]
    u32 *last;         // [N], or null
    const u32 *ids;    // [u]
    const u32 *starts; // [u + 1], where the cells of each id begin
    const u32 *cells;  // [m·F], place·F + field, ascending within an id
    const u32 *found;  // [1], u
    const f32 *slopes; // [m·F, D]
    const f64 *loss;   // [1]
    u32 dim;           // D, at most 256
    u32 now;           // steps with this one
    u32 kind;
    f32 step;
    f32 scale;
    f32 lr;
    f32 l2;
};

// One step of the rows that a batch touches. A block works on one row: its threads are lanes of D values each, the
// lanes add up every n-th cell, and then the lanes are added in their order.
KERNEL(table_step) {
    SHARED f32 sums[THREADS];
    SHARED f32 squares[THREADS];
    SHARED u32 moves;
    PHASE(t) {
        if (t == 0) moves = BLOCK < a.found[0] && is_finite(a.loss[0]);
    }
    if (!moves) return;
    u32 id = a.ids[BLOCK], start = a.starts[BLOCK], end = a.starts[BLOCK + 1];
    u32 lanes = THREADS / a.dim;
    u64 row = (u64)id * a.dim;
    PHASE(t) {
        u32 lane = t / a.dim, d = t % a.dim;
        f32 sum = 0.0f;
        if (lane < lanes) {
            for (u32 i = start + lane; i < end; i += lanes) sum += a.slopes[(u64)a.cells[i] * a.dim + d];
        }
        sums[t] = sum;
    }
    PHASE(t) {
        squares[t] = 0.0f;
        if (t >= a.dim) continue;
        f32 sum = sums[t];
        for (u32 lane = 1; lane < lanes; lane++) sum += sums[lane * a.dim + t];
        f32 w = a.w[row + t], g = sum + a.l2 * w;
        if (a.kind == ADAGRAD) {
            squares[t] = g * g;
            continue;
        }
        f32 m = a.m[row + t], v = a.v[row + t];
        update(&w, &m, &v, g, a.step, a.scale);
        a.w[row + t] = w;
        a.m[row + t] = m;
        a.v[row + t] = v;
        if (t == 0 && a.kind == ADAM) a.last[id] = a.now;
    }
    if (a.kind != ADAGRAD) return;
    PHASE(t) {
        if (t > 0) continue;
        f32 sum = 0.0f;
        for (u32 d = 0; d < a.dim; d++) sum += squares[d];
        a.v[id] += sum / (f32)a.dim;
    }
    PHASE(t) {
        if (t >= a.dim) continue;
        f32 sum = sums[t];
        for (u32 lane = 1; lane < lanes; lane++) sum += sums[lane * a.dim + t];
        f32 w = a.w[row + t];
        f32 rate = a.lr / (sqrtf(a.v[id]) + EPSILON);
        a.w[row + t] = cut(w - rate * (sum + a.l2 * w));
    }
}
