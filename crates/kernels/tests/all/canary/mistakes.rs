//! The mistakes that checks must find. None of them makes a kernel write outside of its arrays by more than the values
//! that the checks have behind them.

use crate::check::Check;
use crate::{dense, embed, loss, optimizer, route, scores, table, touched};

/// A mistake in a kernel.
#[derive(Clone, Copy)]
pub struct Mistake {
    /// The file with the kernel, without its ending.
    pub file: &'static str,
    /// The source with the mistake: this file, or `kernel.h`.
    pub source: &'static str,
    /// The check that must find it.
    pub check: Check,
    /// A text that stands once in the source, and the wrong one.
    pub right: &'static str,
    pub wrong: &'static str,
}

macro_rules! mistakes {
    ($($file:ident, $source:literal, $check:path, $right:literal => $wrong:literal;)*) => {
        pub const MISTAKES: &[Mistake] = &[$(Mistake {
            file: stringify!($file),
            source: $source,
            check: $check,
            right: $right,
            wrong: $wrong,
        }),*];
    };
}

mistakes! {
    adam, "adam.cu", optimizer::adam, "*w - step" => "*w + step";
    adam, "adam.cu", optimizer::adam, "BETA1 * *m + REST1" => "BETA1 * *m - REST1";
    adam, "adam.cu", optimizer::adam, "loss - loss == 0.0" => "loss - loss != 0.0";
    adam, "adam.cu", optimizer::adam, "(1.0 - 0.999)" => "(1.0f - 0.999f)";
    adam, "kernel.h", optimizer::adam, "0.0f * value" => "0.0f";
    adam, "kernel.h", optimizer::caught_up, "size < 1.17549435e-38f" => "size <= 1.17549435e-38f";
    adam, "adam.cu", optimizer::caught_up, "2 * step + 1" => "2 * step + 0";
    adam, "adam.cu", optimizer::caught_up, "u32 step = a.last[id]" => "u32 step = 0";
    adam, "adam.cu", optimizer::caught_up, "m == 0.0f && a.l2" => "m != 0.0f && a.l2";
    adam, "adam.cu", optimizer::caught_up, "if (i < a.found[0])" => "if (i + 1 < a.found[0])";
    adam, "adam.cu", table::step, "i += lanes) sum +=" => "i += lanes) sum -=";
    adam, "adam.cu", table::step, "t == 0 && a.kind == ADAM" => "t == 1 && a.kind == ADAM";
    adam, "adam.cu", table::step, "a.v[id] += sum" => "a.v[id] -= sum";
    adam, "adam.cu", table::step, "g = sum + a.l2 * w" => "g = sum - a.l2 * w";
    adam, "adam.cu", table::step, "squares[d];" => "squares[0];";

    dense, "dense.cu", dense::finished, "bits >= a.limit" => "bits > a.limit";
    dense, "dense.cu", dense::finished, "bits >> 16 : bits" => "bits >> 17 : bits";
    dense, "dense.cu", dense::finished, "a.relu && y < 0.0f" => "a.relu && y <= -1.0f";
    dense, "dense.cu", dense::finished, "(u64)k + 1" => "(u64)k + 2";
    dense, "dense.cu", dense::finished, "a.scale != 1.0f" => "a.limit > 0";
    dense, "dense.cu", dense::finished, "(x >> 15)) * 0x7" => "(x >> 14)) * 0x7";
    dense, "kernel.h", dense::finished, "(z >> 27)" => "(z >> 26)";
    dense, "dense.cu", dense::begun, "a.y[i] > 0.0f" => "a.y[i] >= 0.0f";
    dense, "dense.cu", dense::columns, "line = 1; line < LINES" => "line = 2; line < LINES";
    dense, "dense.cu", dense::columns, "(u64)start + row" => "(u64)start";

    embed, "embed.cu", embed::embedded, "a.out[i] = 0.0f" => "a.out[i] = 1.0f";
    embed, "embed.cu", embed::embedded, "a.pairs[pair] : pair" => "pair : pair";
    embed, "embed.cu", embed::embedded, "cell % a.dim" => "cell % 1";
    embed, "embed.cu", embed::collected, "slot != NONE) sum +=" => "slot != NONE) sum -=";
    embed, "embed.cu", embed::collected, "a.selector[i] : 0.0f" => "a.selector[i] : 1.0f";

    loss, "loss.cu", loss::pair_losses, "against > 0.0" => "against < 0.0";
    loss, "loss.cu", loss::pair_losses, "i - a.starts[k] < a.own[k]" => "i - a.starts[k] <= a.own[k]";
    loss, "loss.cu", loss::pair_losses, "(f64)seen + 1e-10" => "(f64)seen - 1e-10";
    loss, "loss.cu", loss::pair_losses, "label ? -z : z" => "label ? z : -z";
    loss, "loss.cu", loss::pair_losses, "row += THREADS) sum +=" => "row += THREADS) sum -=";
    loss, "kernel.h", loss::pair_losses, "half = THREADS / 2" => "half = THREADS / 4";
    // It is right from the first thread to the last, and wrong from the last to the first.
    loss, "kernel.h", loss::pair_losses, "if (t < half) (sums)[t] += (sums)[t + half]" =>
        "(sums)[t] += (sums)[(t + half) % THREADS]";
    loss, "loss.cu", scores::score_slopes, "dz = p > a.threshold" => "dz = p < a.threshold";
    loss, "loss.cu", scores::score_slopes, "dg - centre - a.pull" => "dg - centre + a.pull";
    loss, "loss.cu", scores::score_slopes, "dz = -a.leak" => "dz = a.leak";
    loss, "loss.cu", scores::score_slopes, "dg -= w * cross" => "dg += w * cross";
    loss, "loss.cu", scores::score_slopes, "dg > 1.0 ? 1.0" => "dg > 2.0 ? 1.0";
    loss, "loss.cu", scores::score_slopes, "h == head" => "h != head";
    loss, "loss.cu", loss::total, "if (a.loss[0] - a.loss[0] == 0.0)" => "if (a.loss[0] - a.loss[0] != 1.0)";
    loss, "loss.cu", loss::total, "count += a.shared[i]" => "count -= a.shared[i]";

    route, "route.cu", route::listed, "a.list[a.rows[i]]" => "a.list[i]";
    route, "route.cu", route::masked, "(f64)z)) > a.threshold" => "(f64)z)) >= a.threshold";
    route, "route.cu", route::routed, "slot < room" => "slot <= room";
    route, "route.cu", route::routed, "sums[t] - 1;" => "sums[t] - 0;";
    route, "route.cu", route::routed, "found += sums[THREADS - 1]" => "found += sums[THREADS - 2]";
    route, "route.cu", route::routed, "shared || tower == k" => "shared && tower == k";
    route, "route.cu", route::routed, "u32 tower = scenario < a.width" => "u32 tower = scenario <= a.width";
    route, "kernel.h", route::routed, "t >= reach" => "t > reach";

    touched, "touched.cu", touched::found, "a.cells[i] = (u32)i" => "a.cells[i] = (u32)i + 1";
    touched, "touched.cu", touched::found, "u32 i = 0; i < TILE; i++" => "u32 i = 1; i < TILE; i++";
    touched, "touched.cu", touched::found, "i < first + TILE && i < a.count" =>
        "i + 1 < first + TILE && i < a.count";
    touched, "touched.cu", touched::found, "a.cells[first + i]" => "a.cells[first]";
    touched, "touched.cu", touched::found, "a.sum[0] = before" => "a.sum[0] = before + 1";
    touched, "touched.cu", touched::found, "listed += sums[THREADS - 1]" => "listed += sums[THREADS - 2]";
    touched, "touched.cu", touched::found, "before] = from + t" => "before] = from - t";
}
