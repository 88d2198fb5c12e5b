//! The embedding table, which is outside autograd, and the look-ups that bring its rows into a
//! graph.

use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::repeats::{LEAST_PRODUCTS, Repeats};
use crate::rng::Stream;
use crate::schema::Schema;
use candle_core::{Device, Tensor, Var, backprop::GradStore};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// All fields' embeddings in one table `[N, D]`, row-major, in host memory.
///
/// It is not a candle variable. A step touches a few thousand of its rows, and a gradient of the
/// whole table would cost more than the rest of the step.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    dim: usize,
    weight: Vec<f32>,
}

impl Embedding {
    /// A table with seeded values, Xavier-uniform over the whole table as in the paper's code:
    /// U(±√(6/(N+D))).
    pub fn seeded(rows: usize, dim: usize, seed: u64) -> Self {
        Self::seeded_rows(rows, dim, seed, |_| true)
    }

    /// Only those rows of [`Embedding::seeded`] for which `keep` is true, in the same order.
    pub fn seeded_rows(rows: usize, dim: usize, seed: u64, keep: impl Fn(usize) -> bool) -> Self {
        let bound = (6.0 / (rows + dim) as f64).sqrt();
        let mut stream = Stream::new(seed, "init embedding", &[]);
        let mut weight = Vec::with_capacity((0..rows).filter(|row| keep(*row)).count() * dim);
        for row in 0..rows {
            // Skipped rows also consume random numbers, so that the rows after them have the values
            // of the full table.
            let values = (0..dim).map(|_| ((2.0 * stream.unit() - 1.0) * bound) as f32);
            match keep(row) {
                true => weight.extend(values),
                false => values.for_each(drop),
            }
        }
        Self { dim, weight }
    }

    /// A table from its values `[N, D]`.
    ///
    /// # Errors
    /// When `dim` is 0 or the number of values is not a multiple of it.
    pub fn from_values(weight: Vec<f32>, dim: usize) -> Result<Self> {
        if dim == 0 || !weight.len().is_multiple_of(dim) {
            return Err(Error::Config(format!(
                "embedding: expected rows of width {dim}, got {} values",
                weight.len()
            )));
        }
        Ok(Self { dim, weight })
    }

    /// A table whose rows are those of several tables of as many rows, side by side.
    ///
    /// # Errors
    /// When there is no table.
    pub fn side_by_side(tables: &[&Embedding]) -> Result<Self> {
        let rows = tables.iter().map(|table| table.rows()).min().unwrap_or_default();
        let row = |id| tables.iter().flat_map(move |table| table.row(id)).copied();
        let weight = (0..rows as u32).flat_map(row).collect();
        Self::from_values(weight, tables.iter().map(|table| table.dim).sum())
    }

    /// A table whose rows are those of these ids.
    pub fn of_ids(&self, ids: &[u32]) -> Self {
        let weight = ids.iter().flat_map(|id| self.row(*id)).copied().collect();
        Self { dim: self.dim, weight }
    }

    /// Checks that this table `[N, D]` and a network over it read rows of a schema. The network has the
    /// given width of an embedded row, which must be `F·D`, and so many outputs: one, or one per
    /// scenario.
    ///
    /// # Errors
    /// A size is another one. The network is one of a file, so the error is, too.
    pub fn fits(&self, schema: &Schema, width: usize, outputs: usize) -> Result<()> {
        let (ids, scenarios) = (schema.features(), schema.scenarios.len());
        let expected = schema.fields.len().saturating_mul(self.dim);
        let told = if self.rows() != ids {
            format!("embedding: expected {ids} rows, one per id, got {}", self.rows())
        } else if width != expected {
            format!("width: expected {expected}, that of the embedded fields, got {width}")
        } else if outputs != 1 && outputs != scenarios {
            format!("outputs: expected 1 or one for each of {scenarios} scenarios, got {outputs}")
        } else {
            return Ok(());
        };
        Err(Error::File(told))
    }

    /// Width of a row, `D`.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of rows, `N`.
    pub fn rows(&self) -> usize {
        self.weight.len() / self.dim
    }

    /// The values, `[N, D]`.
    pub fn values(&self) -> &[f32] {
        &self.weight
    }

    /// The values, `[N, D]`, for an optimiser to change in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.weight
    }

    /// The row of an id, `[D]`.
    pub fn row(&self, id: u32) -> &[f32] {
        let at = id as usize * self.dim;
        &self.weight[at..at + self.dim]
    }
}

/// Embeds rows of one batch, and remembers which rows it embedded, for the backward pass.
///
/// Every call of [`Lookup::rows`] gives a new leaf of the autograd graph. After the backward pass,
/// [`Lookup::gradient`] adds up the leaves' gradients for each row of the batch.
pub struct Lookup<'a> {
    embedding: &'a Embedding,
    instances: &'a Instances,
    rows: &'a [u32],
    device: &'a Device,
    leaves: Option<Mutex<Vec<Leaf>>>,
    /// Outputs of the layer that reads the rows.
    outputs: usize,
    /// The values of an embedded field that are read.
    columns: Range<usize>,
}

/// An embedded tensor and the positions of its rows in the batch.
struct Leaf {
    which: Vec<u32>,
    var: Var,
}

impl<'a> Lookup<'a> {
    /// A look-up for the batch of these `rows` of `instances`. `track` says whether a backward pass
    /// follows, for which the leaves are kept.
    pub fn new(
        embedding: &'a Embedding,
        instances: &'a Instances,
        rows: &'a [u32],
        device: &'a Device,
        track: bool,
    ) -> Self {
        let leaves = track.then(Mutex::default);
        let columns = 0..embedding.dim;
        Self { embedding, instances, rows, device, leaves, outputs: usize::MAX, columns }
    }

    /// The look-up of the same rows for member `j` of `members`, whose part of an embedded field it reads.
    ///
    /// # Errors
    /// When a backward pass follows: a model of several members cannot be trained on.
    pub fn of_member(&self, j: usize, members: usize) -> Result<Lookup<'a>> {
        if self.tracks() {
            let text = "members: expected a model with one member to train on, got several";
            return Err(Error::Config(text.into()));
        }
        let Self { embedding, instances, rows, device, outputs, .. } = *self;
        let dim = embedding.dim / members;
        Ok(Lookup {
            embedding,
            instances,
            rows,
            device,
            leaves: None,
            outputs,
            columns: j * dim..(j + 1) * dim,
        })
    }

    /// Says how many outputs the layer has that reads the rows. If it has few, products are cheap, and
    /// the look-up finds no repeats.
    pub fn for_layer(self, outputs: usize) -> Self {
        Self { outputs, ..self }
    }

    /// Number of rows in the batch.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the batch is empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether embedded rows are leaves of a graph, for a backward pass.
    pub fn tracks(&self) -> bool {
        self.leaves.is_some()
    }

    /// The device of the embedded rows.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// The scenarios of the batch's rows, `[m]`.
    pub fn scenarios(&self) -> Vec<u16> {
        self.rows.iter().map(|r| self.instances.scenarios[*r as usize]).collect()
    }

    /// Width of an embedded row, `F·D`.
    pub fn width(&self) -> usize {
        self.instances.fields * self.columns.len()
    }

    /// The embedded values of the rows `which` (positions in the batch), `[n, F·D]` row-major.
    pub fn values(&self, which: &[u32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(which.len() * self.width());
        for at in which {
            for id in self.instances.ids_of(self.rows[*at as usize] as usize) {
                out.extend_from_slice(&self.embedding.row(*id)[self.columns.clone()]);
            }
        }
        out
    }

    /// Embeds the rows `which` (positions in the batch), `[n, F·D]`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn rows(&self, which: &[u32]) -> Result<Tensor> {
        let out = self.values(which);
        let shape = (which.len(), self.width());
        let Some(leaves) = &self.leaves else {
            return Ok(Tensor::from_vec(out, shape, self.device)?);
        };
        let var = Var::from_vec(out, shape, self.device)?;
        let tensor = var.as_tensor().clone();
        if let Ok(mut leaves) = leaves.lock() {
            leaves.push(Leaf { which: which.to_vec(), var });
        }
        Ok(tensor)
    }

    /// Embeds the rows `which` (positions in the batch), `[n, F·D]`, for a network whose first layer
    /// reads them, and finds the fields in which they repeat few ids. There are none where no
    /// product would be saved, and on other devices than the host.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn embed(&self, which: &[u32]) -> Result<(Tensor, Option<Arc<Repeats>>)> {
        Ok((self.rows(which)?, self.repeats(which)))
    }

    /// Finds the fields in which the rows `which` repeat few ids, as [`Lookup::embed`] does.
    pub fn repeats(&self, which: &[u32]) -> Option<Arc<Repeats>> {
        let products = self.outputs.saturating_mul(self.columns.len());
        if products < LEAST_PRODUCTS || !self.device.is_cpu() {
            return None;
        }
        let rows = which.iter().map(|at| self.rows[*at as usize] as usize);
        let ids: Vec<u32> = rows.flat_map(|row| self.instances.ids_of(row)).copied().collect();
        // A prediction must not depend on the rows that are predicted with it.
        let sizes = (!self.tracks()).then_some(&*self.instances.sizes);
        Repeats::find(&ids, self.instances.fields, sizes, self.columns.len()).map(Arc::new)
    }

    /// Embeds the whole batch, `[m, F·D]`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn all(&self) -> Result<Tensor> {
        self.rows(&self.places())
    }

    /// Positions of all rows in the batch, `0..m`.
    pub fn places(&self) -> Vec<u32> {
        (0..self.len() as u32).collect()
    }

    /// Adds the gradients of all leaves to `out`, `[m, F·D]` row-major, in the order in which
    /// [`Lookup::rows`] made the leaves. Call it after the backward pass, with its stores.
    ///
    /// # Errors
    /// When candle reports an error, or a thread that used the look-up has panicked.
    pub fn gradient(&self, grads: &[GradStore], out: &mut [f32]) -> Result<()> {
        let Some(leaves) = &self.leaves else { return Ok(()) };
        let leaves = leaves.lock().map_err(|_| Error::Data("lookup: a worker failed".into()))?;
        let width = self.width();
        for leaf in leaves.iter() {
            for gradient in grads.iter().filter_map(|g| g.get(&leaf.var)) {
                crate::tensor::with_f32(gradient, |g| {
                    for (at, row) in leaf.which.iter().zip(g.chunks_exact(width)) {
                        let start = *at as usize * width;
                        let sum = &mut out[start..start + width];
                        sum.iter_mut().zip(row).for_each(|(s, g)| *s += g);
                    }
                })?;
            }
        }
        Ok(())
    }
}
