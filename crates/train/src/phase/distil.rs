//! Distil: the selection network learns from a teacher instead of a search.
//!
//! `L = (1/m) Σ_i (z_i − t_i)²` over the rows of a batch, with the teacher's verdict `t [n]` on each
//! row and the teacher's table, which stays as it is. The result has the same type as that of a
//! search, so select, retrain, scoring of new rows and the artifact work with either.

use super::progress::Progress;
use super::search::Searched;
use super::{Learn, Learnt};
use crate::checkpoint::header::{CheckpointHeader, DISTIL};
use crate::checkpoint::writer::CheckpointWriter;
use crate::error::Result;
use crate::optimizer::Adam;
use crate::ranks::{exchange, part};
use crate::setup::Setup;
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::Lookup;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::selector::{Scorer, Selector};
use ssim_core::{parallel, tensor};

/// The phase. Call [`Phase::step`](super::Phase::step) until it says
/// [`Event::Done`](crate::event::Event::Done), then [`Distil::finish`].
pub struct Distil<'a> {
    setup: Setup<'a>,
    train: &'a Instances,
    teacher: Model,
    verdict: Vec<f32>,
    selector: Selector,
    adam: Adam,
    progress: Progress,
}

impl<'a> Distil<'a> {
    /// The phase at its beginning; `verdict` `[n]` is the teacher's number for each train row, which
    /// the selector learns to predict.
    ///
    /// # Errors
    /// When the selector cannot be built.
    pub fn new(
        setup: Setup<'a>,
        train: &'a Instances,
        teacher: Model,
        verdict: Vec<f32>,
    ) -> Result<Self> {
        let distil = &setup.config.distil;
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        let adam = Adam::new(selector.parameters.vars(), distil.lr, 0.0);
        let towers = teacher.config.towers;
        let progress =
            Progress::start(&setup, DISTIL, "distil order", train, towers, distil.epochs);
        Ok(Self { setup, train, teacher, verdict, selector, adam, progress })
    }

    /// Loss and gradients of some rows of a batch of `m`.
    fn slice(&self, rows: &[u32], m: usize) -> Result<(f64, GradStore)> {
        let precision = self.setup.config.train.precision;
        let pass = Pass::training(0.0, 0, 0).in_precision(precision);
        let device = self.setup.device;
        let lookup = Lookup::new(&self.teacher.embedding, self.train, rows, device, true)
            .for_layer(self.selector.first_layer());
        let z = self.selector.forward(&lookup, &pass)?;
        let errors = tensor::to_vec(&z)?.into_iter().zip(rows);
        let errors: Vec<f32> = errors.map(|(z, row)| z - self.verdict[*row as usize]).collect();
        let loss = errors.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>() / m as f64;
        let slopes: Vec<f32> = errors.iter().map(|e| 2.0 * e / m as f32).collect();
        // The gradient of Σ z·∂L/∂z with respect to the parameters is that of L.
        let seed = (z * Tensor::from_vec(slopes, rows.len(), device)?)?.sum_all()?;
        let mut store = seed.backward()?;
        pass.collect(&mut store)?;
        Ok((loss, store))
    }

    /// Hands out the selector with the teacher's table, which it looks through.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Searched> {
        let weights = self.teacher.parameters.values()?;
        let scorer = Scorer { selector: self.selector, table: self.teacher.embedding };
        Ok(Searched { scorer, weights })
    }
}

impl Learn for Distil<'_> {
    fn setup(&self) -> &Setup<'_> {
        &self.setup
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }

    fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    fn learn(&mut self) -> Result<Learnt> {
        let rows = self.progress.order.rows();
        let ranks = self.setup.ranks;
        let own = &rows[part(ranks.rank(), ranks.size(), rows.len())];
        let slices = parallel::ranges(own.len(), parallel::workers());
        let slices = slices.into_iter().filter(|slice| !slice.is_empty()).collect();
        let slices = parallel::compute(slices, |range| self.slice(&own[range], rows.len()));
        let slices = slices.into_iter().collect::<Result<Vec<_>>>()?;
        let (losses, stores): (Vec<f64>, Vec<_>) = slices.into_iter().unzip();
        let vars = self.selector.parameters.vars().into_iter().map(|(_, var)| var);
        let stores = exchange::gradients(ranks, stores, vars)?;
        let loss = exchange::loss(ranks, losses.iter().sum())?;
        let instances = rows.len();
        self.progress.check(loss)?;
        self.adam.step(&stores.iter().collect::<Vec<_>>())?;
        Ok(Learnt { instances, loss, shared: 0, temperature: None })
    }

    /// The teacher is not part of the checkpoint: its own phase has one.
    fn write<'s>(&'s self, to: &mut CheckpointWriter<'s>) -> Result<()> {
        put_values(&mut to.arrays, "", &self.selector.parameters.values()?);
        self.adam.save("adam.", &mut to.arrays);
        Ok(())
    }

    fn read(&mut self, header: &CheckpointHeader, arrays: &Container) -> Result<()> {
        self.selector.parameters.restore(&get_values(arrays, "selector.", 0)?)?;
        self.adam.load("adam.", arrays, header.steps)
    }
}
