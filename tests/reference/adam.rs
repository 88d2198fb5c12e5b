//! Deferred Adam is compared with dense Adam, with and without L2. Some rows get a gradient in
//! every step, others in every tenth step, after a thousand steps, or never.
//!
//! The expected values come from PyTorch with 64-bit floats (the file), and from the same recursion
//! written as plain loops here. A value moves by up to 1e-3 in each of 1100 steps of 32-bit
//! arithmetic, and ends within 1e-6. Reading the table in between must not change a bit.

use crate::dump::{self, Dump, Within};
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_train::config::EmbeddingOptimizer;
use ssim_train::optimizer::{TableOptimizer, Touched};

const VALUE: Within = Within { absolute: 1e-6, relative: 0.0 };
const ROWS: usize = 6;
const DIM: usize = 3;

#[test]
fn deferred_adam_is_dense_adam() {
    for (name, l2) in [("with-l2", dump::adam().number("l2")), ("without-l2", 0.0)] {
        let toy = Toy::read(l2);
        let expected = dump::adam().f64(name);
        for (at, snapshot) in toy.snapshots.iter().zip(expected.chunks_exact(ROWS * DIM)) {
            // The table is flushed at every snapshot, or at the last one only.
            let often: Vec<u32> = toy.snapshots.iter().copied().filter(|s| s <= at).collect();
            for flushes in [&often[..], &[*at]] {
                VALUE.check(&format!("{name} after {at} steps"), &toy.deferred(flushes), snapshot);
            }
            let dense: Vec<f32> = toy.dense(*at).iter().map(|w| *w as f32).collect();
            VALUE.check(&format!("{name}, written out, after {at} steps"), &dense, snapshot);
        }
    }
}

#[test]
fn reading_once_gives_the_same_bits_as_reading_in_every_step() {
    for l2 in [0.0, 1e-6, 1e-3] {
        let toy = Toy::read(l2);
        let last = *toy.snapshots.last().unwrap();
        let every: Vec<u32> = (1..=last).collect();
        let read = |steps: &[u32]| toy.run(EmbeddingOptimizer::Adam, &[], steps);
        assert_eq!(read(&[last]), read(&every));
        let flushed = toy.deferred(&[last]);
        assert_eq!(read(&[last]), flushed, "in place and as a copy");
    }
}

#[test]
fn lazy_adam_moves_visited_rows_only() {
    for l2 in [0.0, 1e-3] {
        let toy = Toy::read(l2);
        let last = *toy.snapshots.last().unwrap();
        let lazy = toy.run(EmbeddingOptimizer::LazyAdam, &[last], &[]);
        VALUE.check("lazy Adam", &lazy, &toy.written_out(last, |visited| visited));
        assert_eq!(lazy[3 * DIM..4 * DIM], toy.start[3 * DIM..4 * DIM], "never visited");
        let moved = lazy.iter().zip(toy.dense(last)).map(|(a, b)| (f64::from(*a) - b).abs());
        assert!(moved.fold(0.0, f64::max) > 1e-3, "it is not dense Adam");
    }
}

#[test]
fn rowwise_adagrad_keeps_one_sum_per_row() {
    for l2 in [0.0, 1e-3] {
        let toy = Toy::read(l2);
        let last = *toy.snapshots.last().unwrap();
        let mut w: Vec<f64> = toy.start.iter().map(|w| f64::from(*w)).collect();
        let mut sums = [0f64; ROWS];
        for (_, row, gradient) in &toy.events {
            let cells = &mut w[*row as usize * DIM..][..DIM];
            let g: Vec<f64> =
                cells.iter().zip(gradient).map(|(w, g)| f64::from(*g) + l2 * w).collect();
            let sum = &mut sums[*row as usize];
            *sum += g.iter().map(|g| g * g).sum::<f64>() / DIM as f64;
            let rate = toy.lr / (sum.sqrt() + 1e-8);
            cells.iter_mut().zip(&g).for_each(|(w, g)| *w -= rate * g);
        }
        let got = toy.run(EmbeddingOptimizer::RowwiseAdagrad, &[last], &[]);
        VALUE.check("rowwise Adagrad", &got, &w);
    }
}

struct Toy {
    start: Vec<f32>,
    /// The step, the row and the gradient of every visit, in the order of steps.
    events: Vec<(u32, u32, Vec<f32>)>,
    snapshots: Vec<u32>,
    lr: f64,
    l2: f64,
}

impl Toy {
    fn read(l2: f64) -> Self {
        let dump: Dump = dump::adam();
        let gradients = dump.f32("gradients");
        let events = dump.u32("events");
        let events = events.chunks_exact(2).zip(gradients.chunks_exact(DIM));
        Self {
            start: dump.f32("start"),
            events: events.map(|(e, g)| (e[0], e[1], g.to_vec())).collect(),
            snapshots: dump.u32("snapshots"),
            lr: dump.number("lr"),
            l2,
        }
    }

    fn at(&self, step: u32) -> impl Iterator<Item = &(u32, u32, Vec<f32>)> {
        self.events.iter().filter(move |e| e.0 == step)
    }

    /// Deferred Adam. The whole table is brought up to date after the given steps.
    fn deferred(&self, flushes: &[u32]) -> Vec<f32> {
        self.run(EmbeddingOptimizer::Adam, flushes, &[])
    }

    /// The table after one of the program's optimisers has run to the last of `flushes`, where the whole
    /// table is brought up to date, and of `reads`, where a copy of it is.
    fn run(&self, kind: EmbeddingOptimizer, flushes: &[u32], reads: &[u32]) -> Vec<f32> {
        let mut table = Embedding::from_values(self.start.clone(), DIM).unwrap();
        let mut optimizer = TableOptimizer::new(kind, &table, self.lr, self.l2);
        let mut read = Vec::new();
        for step in 0..*flushes.iter().chain(reads).max().unwrap() {
            let ids: Vec<u32> = self.at(step).map(|e| e.1).collect();
            let gradients: Vec<f32> = self.at(step).flat_map(|e| e.2.clone()).collect();
            let n = ids.len();
            let batch = Instances {
                fields: 1,
                ids,
                labels: vec![0; n],
                scenarios: vec![0; n],
                rows: vec![0; n],
                ..Instances::default()
            };
            let touched = Touched::new(&batch, &(0..n as u32).collect::<Vec<_>>());
            optimizer.catch_up(&mut table, &touched);
            optimizer.step(&mut table, &touched, |place, _| &gradients[place * DIM..][..DIM]);
            if flushes.contains(&(step + 1)) {
                optimizer.flush(&mut table);
            }
            if reads.contains(&(step + 1)) {
                read = optimizer.copy(&table, 0..ROWS);
            }
        }
        if reads.is_empty() { table.values().to_vec() } else { read }
    }

    /// Dense Adam with coupled L2, in 64 bits.
    fn dense(&self, steps: u32) -> Vec<f64> {
        self.written_out(steps, |_| true)
    }

    /// Adam with coupled L2, in 64 bits. In each step `moves` says of a row that has a gradient
    /// (true) or has none (false) whether the row moves.
    fn written_out(&self, steps: u32, moves: impl Fn(bool) -> bool) -> Vec<f64> {
        let mut w: Vec<f64> = self.start.iter().map(|w| f64::from(*w)).collect();
        let (mut m, mut v) = (vec![0f64; w.len()], vec![0f64; w.len()]);
        for step in 0..steps {
            let mut g: Vec<f64> = w.iter().map(|w| self.l2 * w).collect();
            let mut visited = [false; ROWS];
            for (_, row, gradient) in self.at(step) {
                visited[*row as usize] = true;
                let cells = &mut g[*row as usize * DIM..][..DIM];
                cells.iter_mut().zip(gradient).for_each(|(g, x)| *g += f64::from(*x));
            }
            let t = f64::from(step) + 1.0;
            for i in (0..w.len()).filter(|i| moves(visited[i / DIM])) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                let (m, v) = (m[i] / (1.0 - 0.9f64.powf(t)), v[i] / (1.0 - 0.999f64.powf(t)));
                w[i] -= self.lr * m / (v.sqrt() + 1e-8);
            }
        }
        w
    }
}
