//! The first layer of a network over embedded rows, in which ids that many rows share are multiplied
//! once.
//!
//! An embedded row is its fields side by side, so the layer is a sum over fields,
//! `W·[e_1; …; e_F] = Σ_f W_f·e_f`. For a field with few distinct ids among the rows ([`Repeats`]),
//! `W_f·e` is computed once per id and then added to every row that has the id. Backwards, the
//! gradients of the rows are first added up per id. Both are exact but for the order of sums. The
//! other fields stay one product.
//!
//! [`super::dense`] calls this module where its rows have repeats.

use super::matrix::Matrix;
use super::precision::Precision;
use super::product::product;
use crate::repeats::Repeats;
use multiversion::multiversion;
use std::iter;

/// The gradients of a layer's input, weight and bias.
pub(super) struct Slopes {
    /// `[n, I]`
    pub dx: Vec<f32>,
    /// `[O, I]`
    pub dw: Vec<f32>,
    /// `[O]`
    pub db: Vec<f32>,
}

/// The products of distinct ids, or the gradients of them, `[ids, O]` row-major.
pub(super) struct PerId<'a> {
    repeats: &'a Repeats,
    outputs: usize,
    values: Vec<f32>,
}

impl<'a> PerId<'a> {
    /// Multiplies every distinct id of x `[n, I]` by its field's part of w `[O, I]`.
    ///
    /// The order of the sums depends neither on the number of ids nor on the other rows.
    pub fn project(repeats: &'a Repeats, x: &[f32], w: &[f32], outputs: usize) -> Self {
        let inputs = w.len() / outputs;
        let dim = repeats.dim;
        let mut values = vec![0.0; repeats.firsts.len() * outputs];
        for (field, ids) in &repeats.fields {
            let e = embedded(repeats, x, inputs, *field, ids.clone());
            let columns: Vec<f32> = (field * dim..(field + 1) * dim)
                .flat_map(|column| w.iter().skip(column).step_by(inputs))
                .copied()
                .collect();
            multiply(&mut values[ids.start * outputs..ids.end * outputs], &e, &columns, outputs);
        }
        Self { repeats, outputs, values }
    }

    /// Sums for gradients, of which none is added yet.
    pub fn zeros(repeats: &'a Repeats, outputs: usize) -> Self {
        Self { repeats, outputs, values: vec![0.0; repeats.firsts.len() * outputs] }
    }

    /// Adds the products of row `row` to its output `y [O]`.
    #[inline(always)]
    pub fn add_to(&self, row: usize, y: &mut [f32]) {
        let of = |id: &u32| &self.values[*id as usize * self.outputs..][..self.outputs];
        let (four, rest) = numbers(self.repeats, row).as_chunks();
        // Four at a time, so that the output is read and written less often.
        for [a, b, c, d] in four {
            let more = of(a).iter().zip(of(b)).zip(of(c).iter().zip(of(d)));
            y.iter_mut().zip(more).for_each(|(y, ((a, b), (c, d)))| *y += (a + b) + (c + d));
        }
        for a in rest {
            y.iter_mut().zip(of(a)).for_each(|(y, a)| *y += a);
        }
    }

    /// Adds the gradient `g [O]` of row `row` to those of its ids.
    #[inline(always)]
    pub fn gather(&mut self, row: usize, g: &[f32]) {
        for id in numbers(self.repeats, row) {
            let sum = &mut self.values[*id as usize * self.outputs..][..self.outputs];
            sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += g);
        }
    }

    /// The layer's gradients, where these are the gradients per id, and `g [n, O]` those of the rows.
    /// An id's gradient of x is in the first row that has the id; the other rows have 0 there.
    pub fn slopes(
        &self,
        x: &[f32],
        w: &[f32],
        g: &[f32],
        db: Vec<f32>,
        precision: Precision,
    ) -> Slopes {
        let Self { repeats, outputs, values } = self;
        let (outputs, dim) = (*outputs, repeats.dim);
        let inputs = w.len() / outputs;
        let n = g.len() / outputs;
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        let g = (Matrix::rows(g, outputs), Matrix::transposed(g, outputs));
        let kept = kept(repeats, inputs);
        let count = kept.len() * dim;
        let rest = |rows: &[f32]| -> Vec<f32> { picked(rows, inputs, dim, &kept) };
        let (x_rest, w_rest) = (rest(x), rest(w));
        if count > 0 {
            let of_x = product(n, count, outputs, (g.0, Matrix::rows(&w_rest, count)), precision);
            put(&of_x, &mut dx, inputs, dim, &kept, 0..n);
            let of_w = product(outputs, count, n, (g.1, Matrix::rows(&x_rest, count)), precision);
            put(&of_w, &mut dw, inputs, dim, &kept, 0..outputs);
        }
        for (field, ids) in &repeats.fields {
            let g = &values[ids.start * outputs..ids.end * outputs];
            let e = embedded(repeats, x, inputs, *field, ids.clone());
            let w = Matrix { data: &w[field * dim..], rs: inputs, cs: 1 };
            let of_e =
                product(ids.len(), dim, outputs, (Matrix::rows(g, outputs), w), Precision::F32);
            let firsts = repeats.firsts[ids.clone()].iter().map(|row| *row as usize);
            put(&of_e, &mut dx, inputs, dim, &[*field], firsts);
            let factors = (Matrix::transposed(g, outputs), Matrix::rows(&e, dim));
            let of_w = product(outputs, dim, ids.len(), factors, Precision::F32);
            put(&of_w, &mut dw, inputs, dim, &[*field], 0..outputs);
        }
        Slopes { dx, dw, db }
    }
}

/// Adds the products of `e [n, D]` and `columns [D, O]` to `y [n, O]`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn multiply(y: &mut [f32], e: &[f32], columns: &[f32], outputs: usize) {
    let dim = columns.len() / outputs;
    let column = |at: usize| &columns[at * outputs..][..outputs];
    for (y, e) in y.chunks_exact_mut(outputs).zip(e.chunks_exact(dim)) {
        let (four, rest) = e.as_chunks();
        // Four at a time, so that the output is read and written less often.
        for (at, [a, b, c, d]) in four.iter().enumerate() {
            let [wa, wb, wc, wd] = [0, 1, 2, 3].map(|i| column(4 * at + i));
            let factors = wa.iter().zip(wb).zip(wc.iter().zip(wd));
            y.iter_mut()
                .zip(factors)
                .for_each(|(y, ((wa, wb), (wc, wd)))| *y += (a * wa + b * wb) + (c * wc + d * wd));
        }
        for (at, a) in rest.iter().enumerate() {
            let w = column(4 * four.len() + at);
            y.iter_mut().zip(w).for_each(|(y, w)| *y += a * w);
        }
    }
}

/// The product x·wᵀ of the fields without repeats, `[n, O]`, for x `[n, I]` and w `[O, I]`.
pub(super) fn others(
    repeats: &Repeats,
    x: &[f32],
    w: &[f32],
    outputs: usize,
    precision: Precision,
) -> Vec<f32> {
    let inputs = w.len() / outputs;
    let kept = kept(repeats, inputs);
    let count = kept.len() * repeats.dim;
    let (x, w) = (picked(x, inputs, repeats.dim, &kept), picked(w, inputs, repeats.dim, &kept));
    let n = repeats.numbers.len() / repeats.fields.len();
    let factors = (Matrix::rows(&x, count), Matrix::transposed(&w, count));
    product(n, outputs, count, factors, precision)
}

/// The numbers of a row's ids.
#[inline(always)]
fn numbers(repeats: &Repeats, row: usize) -> &[u32] {
    let count = repeats.fields.len();
    &repeats.numbers[row * count..][..count]
}

/// The fields without repeats.
fn kept(repeats: &Repeats, inputs: usize) -> Vec<usize> {
    let fields = 0..inputs / repeats.dim;
    fields.filter(|field| repeats.fields.iter().all(|(few, _)| few != field)).collect()
}

/// The embedded values of some distinct ids of one field, `[ids, D]`.
fn embedded(
    repeats: &Repeats,
    x: &[f32],
    inputs: usize,
    field: usize,
    ids: std::ops::Range<usize>,
) -> Vec<f32> {
    let dim = repeats.dim;
    let firsts = repeats.firsts[ids].iter();
    firsts.flat_map(|row| &x[*row as usize * inputs + field * dim..][..dim]).copied().collect()
}

/// The columns of some fields, from `values [·, I]`.
fn picked(values: &[f32], inputs: usize, dim: usize, fields: &[usize]) -> Vec<f32> {
    let mut picked = Vec::with_capacity(values.len() / inputs * fields.len() * dim);
    for row in values.chunks_exact(inputs) {
        for field in fields {
            picked.extend_from_slice(&row[field * dim..][..dim]);
        }
    }
    picked
}

/// Writes the columns of some fields, `values [·, fields·D]`, to these rows of `to [·, I]`.
fn put(
    values: &[f32],
    to: &mut [f32],
    inputs: usize,
    dim: usize,
    fields: &[usize],
    rows: impl Iterator<Item = usize>,
) {
    for (row, values) in iter::zip(rows, values.chunks_exact(fields.len() * dim)) {
        for (field, values) in iter::zip(fields, values.chunks_exact(dim)) {
            to[row * inputs + field * dim..][..dim].copy_from_slice(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::{Activation, Dense, Pass, Precision};
    use crate::repeats::Repeats;
    use std::sync::Arc;

    fn noise(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7 + seed) as f64 * 0.731).sin() as f32).collect()
    }

    fn close(what: &str, found: &[f32], expected: &[f32]) {
        let size = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-5 * size, "{what}: {found} {expected}");
        }
    }

    /// Adds up the gradients of embedded rows for every field and id, as optimisers do.
    fn per_id(dx: &[f32], ids: &[u32], dim: usize) -> Vec<f32> {
        let most = ids.iter().max().map_or(0, |id| *id as usize + 1);
        let mut sums = vec![0.0; most * dim];
        for (id, g) in ids.iter().zip(dx.chunks_exact(dim)) {
            let sum = &mut sums[*id as usize * dim..][..dim];
            sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += g);
        }
        sums
    }

    #[test]
    fn multiplying_ids_once_is_multiplying_every_row() {
        let n = 300;
        // Fields with 7, 300, 2, 61, 1 and 20 ids; or with few ids only; or with many only.
        for sizes in [&[7, n, 2, 61, 1, 20][..], &[3, 5], &[n, 200]] {
            for (dim, outputs) in [(4, 33), (16, 70)] {
                let fields = sizes.len();
                let ids: Vec<u32> = (0..n * fields)
                    .map(|i| {
                        let (row, field) = (i / fields, i % fields);
                        (sizes[..field].iter().sum::<usize>() + row * 11 % sizes[field]) as u32
                    })
                    .collect();
                let table = noise(sizes.iter().sum::<usize>() * dim, 1);
                let row = |id: &u32| &table[*id as usize * dim..][..dim];
                let x: Vec<f32> = ids.iter().flat_map(row).copied().collect();
                let found = Repeats::find(&ids, fields, None, dim).map(Arc::new);
                assert_eq!(found.is_none(), fields == 2 && sizes[0] == n);
                let w = noise(outputs * fields * dim, 2);
                let b = noise(outputs, 3);
                let keys =
                    Pass::training(0.3, 5, 0).rows(&(0..n as u32).collect::<Vec<_>>(), 0).keys;
                for activation in [Activation::None, Activation::Relu(None), Activation::Relu(keys)]
                {
                    let [(y, slopes), (expected, direct)] = [found.clone(), None].map(|repeats| {
                        let precision = Precision::F32;
                        let layer = Dense { activation: activation.clone(), precision, repeats };
                        let y = layer.forward(&x, &w, &b);
                        let slopes = layer.backward(&x, &w, &y, noise(n * outputs, 4), outputs);
                        (y, slopes)
                    });
                    close("y", &y, &expected);
                    close("dw", &slopes.dw, &direct.dw);
                    close("db", &slopes.db, &direct.db);
                    let sums = |dx: &[f32]| per_id(dx, &ids, dim);
                    close("dx", &sums(&slopes.dx), &sums(&direct.dx));
                }
            }
        }
    }

    #[test]
    fn repeats_of_some_rows_are_theirs() {
        let ids: Vec<u32> = (0..400).flat_map(|i| [i % 5, 5 + i, 405 + i % 3]).collect();
        let rows: Vec<u32> = (0..400).filter(|i| i % 7 > 2).collect();
        let picked: Vec<u32> =
            rows.iter().flat_map(|i| &ids[*i as usize * 3..][..3]).copied().collect();
        let all = Repeats::find(&ids, 3, None, 4).unwrap();
        assert_eq!(all.pick(&rows), Repeats::find(&picked, 3, None, 4));
    }
}
