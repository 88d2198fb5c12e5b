// The objective: losses of pairs of row and tower, their gradients, and those of the scores. The equations are
// those of `step/loss.rs` in the crate `ssim-train`.
#include "kernel.h"

// The cross entropy of a logit, computed so that no exponential overflows.
FUNCTION f64 cross_entropy(f64 z, u32 label) {
    f64 against = label ? -z : z;
    return (against > 0.0 ? against : 0.0) + log1p(exp(-fabs(z)));
}

// The weight of a pair in the objective: of a tower's mean, or of the batch's.
FUNCTION f64 weight(u32 by_tower, u32 is_own, u32 rows, u32 seen, u32 towers) {
    if (by_tower) return 1.0 / ((f64)seen + 1e-10);
    return is_own ? 1.0 / (f64)rows : 1.0 / ((f64)rows * (f64)towers);
}

struct pair_losses_arguments {
    const f32 *logits; // [P]
    const u32 *pairs;  // [P], places, or NONE
    const u32 *tower;  // [P]
    const u32 *starts; // [K + 1]
    const u32 *own;    // [K]
    const u32 *seen;   // [K]
    const u32 *rows;   // [m]
    const u8 *labels;  // [n]
    f64 *losses;       // [P], weighted
    f32 *slopes;       // [P], ∂L/∂logit
    u32 count;         // P
    u32 batch;         // m
    u32 towers;        // K
    u32 by_tower;
};

// The weighted loss of every pair, and its gradient.
KERNEL(pair_losses) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= a.count) continue;
        u32 place = a.pairs[i], k = a.tower[i];
        if (place == NONE) {
            a.losses[i] = 0.0;
            a.slopes[i] = 0.0f;
            continue;
        }
        u32 label = a.labels[a.rows[place]];
        u32 is_own = i - a.starts[k] < a.own[k];
        f64 w = weight(a.by_tower, is_own, a.batch, a.seen[k], a.towers);
        f64 z = (f64)a.logits[i];
        a.losses[i] = w * cross_entropy(z, label);
        a.slopes[i] = (f32)(w * (1.0 / (1.0 + exp(-z)) - (f64)label));
    }
}

struct tower_losses_arguments {
    const f64 *losses; // [P]
    const u32 *starts; // [K + 1]
    const u32 *seen;   // [K]
    f64 *out;          // [K]
};

// Adds up the losses of each tower's rows. A block works for one tower.
KERNEL(tower_losses) {
    SHARED f64 sums[THREADS];
    u32 k = BLOCK;
    u32 start = a.starts[k], rows = a.seen[k];
    PHASE(t) {
        f64 sum = 0.0;
        for (u32 row = t; row < rows; row += THREADS) sum += a.losses[(u64)start + row];
        sums[t] = sum;
    }
    SUM_UP(sums)
    PHASE(t) {
        if (t == 0) a.out[k] = sums[0];
    }
}

struct score_slopes_arguments {
    const f32 *scores;       // [m]
    const u8 *shared;        // [m]
    const u32 *slots;        // [K, m]
    const u32 *starts;       // [K + 1]
    const u32 *seen;         // [K]
    const f64 *losses;       // [P]
    const f64 *tower_losses; // [K]
    const f32 *logits;       // [P]
    const u32 *scenarios;    // [n]
    const u32 *rows;         // [m]
    const u8 *labels;        // [n]
    f32 *slopes;             // [m, H], ∂L/∂z at the head of each row, else 0
    f64 *terms;              // [m], the λ-term of each row
    f64 threshold;
    f64 temperature;
    f64 pull;    // gradient of the λ-term with respect to the mask of a shared row
    f64 private_term; // the λ-term of a row that is not shared
    f64 log_term;     // λ/m where the λ-term is a logarithm, else 0
    f64 leak;
    u32 count;    // m
    u32 towers;   // K
    u32 width;    // H
    u32 by_tower;
    u32 relaxed; // whether a row's own loss counts for its mask
};

// The gradient of every row's score, and the λ-term.
KERNEL(score_slopes) {
    PHASE(t) {
        u64 i = NUMBER(t);
        if (i >= a.count) continue;
        u32 scenario = a.scenarios[a.rows[i]];
        u32 head = scenario < a.width ? scenario : a.width - 1;
        f64 z = (f64)a.scores[i];
        f64 p = 1.0 / (1.0 + exp(-a.temperature * z));
        f64 slope = a.temperature * p * (1.0 - p);
        f64 term = 0.0, dz;
        if (a.shared[i]) {
            f64 dg = 0.0, centre = 0.0;
            for (u32 k = 0; k < a.towers; k++) {
                u32 slot = a.slots[(u64)k * a.count + i];
                if (slot != NONE) dg += a.losses[(u64)a.starts[k] + slot];
                if (a.by_tower) centre += weight(1, 1, a.count, a.seen[k], a.towers) * a.tower_losses[k];
            }
            dg = dg - centre - a.pull;
            if (a.relaxed && scenario < a.towers) {
                f64 w = weight(a.by_tower, 1, a.count, a.seen[scenario], a.towers);
                if (a.by_tower) dg += w * a.tower_losses[scenario];
                u32 slot = a.slots[(u64)scenario * a.count + i];
                if (slot != NONE) {
                    f64 own = (f64)a.logits[(u64)a.starts[scenario] + slot];
                    dg -= w * cross_entropy(own, a.labels[a.rows[i]]);
                }
            }
            f64 clamped = dg < -1.0 ? -1.0 : dg > 1.0 ? 1.0 : dg;
            dz = p > a.threshold ? slope * clamped : 0.0;
        } else {
            term = a.private_term;
            // Below the threshold only the pull towards sharing is known.
            dz = -a.leak * slope * a.pull;
        }
        if (a.log_term != 0.0) {
            term += a.log_term * cross_entropy((f64)(f32)(a.temperature * z), 1);
            dz -= a.log_term * a.temperature * (1.0 - p);
        }
        a.terms[i] = term;
        for (u32 h = 0; h < a.width; h++) a.slopes[i * a.width + h] = h == head ? (f32)dz : 0.0f;
    }
}

struct total_arguments {
    const f64 *tower_losses; // [K]
    const f64 *terms;        // [m], or null
    const u8 *shared;        // [m]
    f64 *loss;               // [1], the loss
    u32 *count;              // [1], the number of shared rows
    u32 towers;              // K
    u32 rows;                // m
};

// The loss of the batch, and the number of its shared rows. A loss that is not finite stays, so that nothing moves
// any more and the host finds it whenever it looks. It runs as one block.
KERNEL(total) {
    SHARED f64 sums[THREADS];
    SHARED u32 counts[THREADS];
    PHASE(t) {
        f64 sum = 0.0;
        u32 count = 0;
        for (u32 k = t; k < a.towers; k += THREADS) sum += a.tower_losses[k];
        for (u32 i = t; i < a.rows; i += THREADS) {
            if (a.terms) sum += a.terms[i];
            count += a.shared[i];
        }
        sums[t] = sum;
        counts[t] = count;
    }
    SUM_UP(sums)
    SUM_UP(counts)
    PHASE(t) {
        if (t == 0) {
            if (a.loss[0] - a.loss[0] == 0.0) a.loss[0] = sums[0];
            a.count[0] = counts[0];
        }
    }
}
