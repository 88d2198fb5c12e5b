//! A search by a teacher: the selection network learns to say what the teacher says of each row.
//!
//! `L = (1/m) Σ_i (z_i − t_i)²` over the rows of a batch, with the teacher's verdict `t [n]` and its
//! table, which stays as it is. What comes of it is what a search leaves behind, so selecting,
//! retraining, scoring new rows and the artifact do not know the difference.

use crate::checkpoint::{DISTIL, Header};
use crate::collective::part;
use crate::course::Course;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::exchange;
use crate::optimizer::Adam;
use crate::search::Searched;
use crate::setup::Setup;
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::{Embedding, Lookup};
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::selector::Selector;
use ssim_core::{host, parallel};
use std::io::Write;

/// The phase. Call [`Distil::step`] until it says [`Event::Done`], then [`Distil::finish`].
pub struct Distil<'a> {
    setup: Setup<'a>,
    train: &'a Instances,
    teacher: Model,
    verdict: Vec<f32>,
    selector: Selector,
    adam: Adam,
    course: Course,
    state: Header,
}

impl<'a> Distil<'a> {
    /// The phase at its beginning; `verdict [n]` is what the teacher says of the train rows.
    ///
    /// # Errors
    /// When the selector cannot be built.
    pub fn new(
        setup: Setup<'a>,
        train: &'a Instances,
        teacher: Model,
        verdict: Vec<f32>,
    ) -> Result<Self> {
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        let adam = Adam::new(selector.parameters.vars(), setup.config.distil.lr, 0.0);
        let settings = &setup.config.train;
        let course =
            Course::new(setup.seed, "distil order", train, settings.batch, settings.shuffle);
        let state = Header::start(DISTIL, &setup, teacher.config.towers, train.len());
        Ok(Self { setup, train, teacher, verdict, selector, adam, course, state })
    }

    /// Learns from one batch.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is not finite.
    pub fn step(&mut self) -> Result<Event> {
        if self.state.done {
            return Ok(Event::Done);
        }
        if self.state.evaluate {
            self.state.evaluate = false;
            let ended = self.course.epoch >= self.setup.config.distil.epochs;
            self.state.done = ended || self.setup.exhausted(self.state.steps);
            return Ok(Event::Epoch { epoch: self.course.epoch.max(1), val: None, best: true });
        }
        let rows = self.course.rows();
        let ranks = self.setup.ranks;
        let own = &rows[part(ranks.rank(), ranks.size(), rows.len())];
        let slices = parallel::ranges(own.len(), parallel::workers());
        let slices = slices.into_iter().filter(|slice| !slice.is_empty()).collect();
        let slices = parallel::map(slices, |range| self.slice(&own[range], rows.len()));
        let slices = slices.into_iter().collect::<Result<Vec<_>>>()?;
        let (losses, stores): (Vec<f64>, Vec<_>) = slices.into_iter().unzip();
        let vars = self.selector.parameters.vars().into_iter().map(|(_, var)| var);
        let stores = exchange::gradients(ranks, stores, vars)?;
        let loss = exchange::loss(ranks, losses.iter().sum())?;
        let (epoch, step) = (self.course.epoch + 1, self.course.step + 1);
        if !loss.is_finite() {
            return Err(Error::Diverged { phase: DISTIL.into(), epoch, step, loss });
        }
        self.adam.step(&stores.iter().collect::<Vec<_>>())?;
        let event = Event::Step {
            epoch,
            step,
            of: self.course.steps(),
            instances: rows.len(),
            loss,
            shared: 0,
            temperature: None,
        };
        self.state.steps += 1;
        self.state.evaluate = self.course.advance() || self.setup.exhausted(self.state.steps);
        Ok(event)
    }

    /// Loss and gradients of some rows of a batch of `m`.
    fn slice(&self, rows: &[u32], m: usize) -> Result<(f64, GradStore)> {
        let precision = self.setup.config.train.precision;
        let pass = Pass::training(0.0, 0, 0).in_precision(precision);
        let (table, device) = (&self.teacher.embedding, self.setup.device);
        let lookup = Lookup::new(table, self.train, rows, device, true);
        let z = self.selector.forward(&lookup, &pass)?;
        let errors = host::to_vec(&z)?.into_iter().zip(rows);
        let errors: Vec<f32> = errors.map(|(z, row)| z - self.verdict[*row as usize]).collect();
        let loss = errors.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>() / m as f64;
        let slopes: Vec<f32> = errors.iter().map(|e| 2.0 * e / m as f32).collect();
        let seed = (z * Tensor::from_vec(slopes, rows.len(), device)?)?.sum_all()?;
        let mut store = seed.backward()?;
        pass.collect(&mut store)?;
        Ok((loss, store))
    }

    /// Name of the phase.
    pub fn name(&self) -> &str {
        DISTIL
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// What a search would leave behind: the selector, and the teacher it looks through.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Searched> {
        let mut model = self.teacher;
        let empty = Embedding::from_values(Vec::new(), model.embedding.dim())?;
        let embedding = std::mem::replace(&mut model.embedding, empty);
        Ok(Searched { selector: self.selector, embedding, model })
    }

    /// Writes a checkpoint; the teacher is not part of it.
    ///
    /// # Errors
    /// What candle or `to` reports.
    pub fn save(&self, to: &mut (impl Write + ?Sized)) -> Result<()> {
        let mut arrays = Container::default();
        put_values(&mut arrays, "", &self.selector.parameters.values()?);
        self.adam.save("adam.", &mut arrays);
        let header =
            Header { epoch: self.course.epoch, step: self.course.step, ..self.state.clone() };
        Ok(arrays.write(&header, to)?)
    }

    /// Goes on from a checkpoint of the same run.
    ///
    /// # Errors
    /// Says what is wrong with the bytes, or which part of the run differs.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<()> {
        let (header, arrays) = self.state.read(bytes)?;
        self.selector.parameters.restore(&get_values(&arrays, "selector.", 0)?)?;
        self.adam.load("adam.", &arrays)?;
        self.course.seek(header.epoch, header.step);
        self.state = header;
        Ok(())
    }
}
