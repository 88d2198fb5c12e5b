//! A training step that stays on a device: table, weights, moments, data and list live there, and a step
//! copies the batch's order to it and nothing back.
//!
//! [`DeviceTrainer`] takes the same steps as [`crate::step::trainer::Trainer`] does on the host, by the
//! kernels of `ssim-kernels`; sums are in other orders. The host's weights and moments are those of the
//! last [`DeviceTrainer::settle`], which comes before everything that reads them: an evaluation, a
//! checkpoint, the end of a phase. A checkpoint is therefore the same file on every device.
//!
//! It is for the backbone `dnn`, one rank, and lists that share a row with all towers. Everything else
//! is computed by the host's path, whose tensors are on candle's device.

mod data;
mod selector;
mod stack;
mod table;
mod towers;
mod weights;

use crate::config::Reduction;
use crate::error::{Error, Result};
use crate::optimizer::Adam;
use crate::step::gradients::Objective;
use crate::step::selection::Selection;
use crate::step::slice::Batch;
use data::DeviceData;
use selector::DeviceSelector;
use ssim_core::layer::Precision;
use ssim_core::model::Model;
use ssim_core::selector::Selector;
use ssim_kernels::loss::{self, Losses};
use ssim_kernels::product::Format;
use ssim_kernels::route::{self, Routed};
use ssim_kernels::{Array, DeviceError, KernelDevice};
use std::sync::Arc;
use table::DeviceTable;
use towers::DeviceTowers;

/// Steps between two looks at the loss, for which the host waits.
pub const LOOK: u64 = 16;

/// The rule that shares the rows of a batch.
pub(crate) enum DeviceSharing<'a> {
    /// A list, one bit per row of the data set.
    Given(&'a [bool]),
    /// The selection network, which learns from the same step.
    Searched(&'a Selection),
}

/// The loss and the number of shared rows of the last step that the host looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub loss: f64,
    pub shared: usize,
}

/// The device of a trainer, and what it keeps there.
pub(crate) struct Away {
    pub device: Arc<dyn KernelDevice>,
    pub trainer: Option<DeviceTrainer>,
    /// Whether the device has learnt what the host does not know yet.
    pub ahead: bool,
}

/// A model under training on a device.
pub(crate) struct DeviceTrainer {
    device: Arc<dyn KernelDevice>,
    format: Format,
    data: Option<DeviceData>,
    work: Option<Work>,
    table: DeviceTable,
    towers: DeviceTowers,
    selector: Option<DeviceSelector>,
    /// Steps since the host looked at the loss.
    unseen: u64,
    seen: Seen,
}

/// Room for what a step computes.
struct Work {
    /// Rows that a batch may have.
    rows: usize,
    routed: Routed,
    shared: Array<u8>,
    losses: Losses,
}

impl From<DeviceError> for Error {
    fn from(error: DeviceError) -> Self {
        Error::Device(error.to_string())
    }
}

/// The parts of a trainer that the host keeps.
pub(crate) struct HostParts<'a> {
    pub model: &'a mut Model,
    pub dense: &'a mut Adam,
    pub table: &'a mut crate::optimizer::TableOptimizer,
}

impl DeviceTrainer {
    /// Whether a model can be trained so.
    pub fn can_train(model: &Model) -> bool {
        model.config.backbone == "dnn" && model.embedding.dim() <= ssim_kernels::optimizer::WIDEST
    }

    /// Copies a model and its optimisers to a device.
    ///
    /// # Errors
    /// When the device has not so much memory; what it reports.
    pub fn new(device: Arc<dyn KernelDevice>, host: &HostParts) -> Result<Self> {
        let format = match host.model.precision {
            Precision::F32 => Format::F32,
            Precision::Tf32 => Format::Tf32,
            Precision::Bf16 => Format::Bf16,
        };
        Ok(Self {
            format,
            data: None,
            work: None,
            table: DeviceTable::new(&*device, &host.model.embedding, host.table)?,
            towers: DeviceTowers::new(&*device, host.model, host.dense)?,
            selector: None,
            unseen: 0,
            seen: Seen::default(),
            device,
        })
    }

    /// Copies a selector and its optimiser to the device.
    ///
    /// # Errors
    /// As [`DeviceTrainer::new`].
    pub fn take(&mut self, selector: &Selector, adam: &Adam) -> Result<()> {
        match &mut self.selector {
            Some(own) => own.load(&*self.device, selector, adam),
            None => {
                self.selector = Some(DeviceSelector::new(&*self.device, selector, adam)?);
                Ok(())
            }
        }
    }

    /// Copies a model and its optimisers anew into the same memory: a second table might not fit.
    ///
    /// # Errors
    /// As [`DeviceTrainer::new`].
    pub fn load(&mut self, host: &HostParts) -> Result<()> {
        self.table.load(&*self.device, &host.model.embedding, host.table)?;
        self.towers.load(&*self.device, host.model, host.dense)
    }

    /// Forgets the list, since the host has another one.
    pub fn forget_list(&mut self) {
        if let Some(data) = &mut self.data {
            data.list = None;
        }
    }

    /// Learns from one batch.
    ///
    /// # Errors
    /// The device reports an error.
    pub fn step(
        &mut self,
        batch: Batch,
        sharing: &DeviceSharing,
        objective: Objective,
    ) -> Result<Seen> {
        let device = self.device.clone();
        let device = &*device;
        let m = batch.rows.len();
        let by_tower = objective.reduction == Reduction::Scenario;
        let (towers, dim) = (self.towers.count(), self.table.dim());
        if self.data.as_ref().is_none_or(|data| !data.is_of(batch.instances)) {
            self.data = Some(DeviceData::new(device, batch.instances)?);
        }
        let data = self.data.get_or_insert_with(|| unreachable!("it was made above"));
        data.begin(device, batch.rows)?;
        let starts = match sharing {
            DeviceSharing::Given(list) => data.starts(batch, list, towers),
            // Only the device knows how many rows are shared, so there is room for all of them.
            DeviceSharing::Searched(_) => (0..=towers).map(|k| (k * m) as u32).collect(),
        };
        let pairs = starts.last().map_or(0, |end| *end as usize);
        if self.work.as_ref().is_none_or(|work| work.rows < m || work.losses.slopes.len() < pairs) {
            self.work = Some(Work::new(device, m, towers, pairs)?);
        }
        let work = self.work.get_or_insert_with(|| unreachable!("it was made above"));
        work.routed.begin(device, m, &starts)?;

        self.table.find(device, (&data.rows, data.batch()))?;
        match (sharing, &mut self.selector) {
            (DeviceSharing::Given(list), _) => {
                data.share(device, list, &mut work.shared)?;
            }
            (DeviceSharing::Searched(selection), Some(selector)) => {
                let embedded = (self.table.values(), dim);
                let of = (&data.rows, data.batch());
                selector.score(device, of, embedded, self.format)?;
                selector.mask(device, of, selection, &mut work.shared)?;
            }
            (DeviceSharing::Searched(_), None) => {
                return Err(Error::Device("device: a search without a selector".into()));
            }
        }
        let of = (&data.rows, data.batch());
        route::route(device, &work.shared, of.0, of.1, &mut work.routed)?;
        let end = (objective.dropout, objective.key);
        let table = (self.table.values(), dim);
        self.towers.forward(device, of, table, &work.routed, (end, self.format))?;
        let logits = self.towers.logits();
        loss::pair_losses(device, logits, of, &work.routed, by_tower, &mut work.losses)?;
        let searched = match (sharing, &mut self.selector) {
            (DeviceSharing::Searched(selection), Some(selector)) => {
                let reduction = objective.reduction;
                let routed = (&work.routed, logits, by_tower);
                let shared = (&work.shared, &mut work.losses);
                selector.teach(device, of, routed, (selection, reduction), shared)?;
                Some(selector)
            }
            _ => None,
        };
        loss::total(device, &work.shared, &work.routed, searched.is_some(), &mut work.losses)?;
        self.towers.backward(device, &work.routed, &work.losses, (end, self.format))?;
        let selector = match searched {
            Some(selector) => Some(selector.learn(device, m, &work.losses, self.format)?),
            None => None,
        };
        let width = data.rows.fields * dim;
        self.table.collect(device, &work.routed, self.towers.slopes(), selector, width)?;
        self.towers.step(device, &work.losses)?;
        self.table.step(device, &work.losses.loss)?;
        self.look()
    }

    /// Reads the loss every [`LOOK`] steps.
    fn look(&mut self) -> Result<Seen> {
        self.unseen += 1;
        if self.unseen >= LOOK || self.table.steps() == 1 {
            self.read_loss()?;
        }
        Ok(self.seen)
    }

    fn read_loss(&mut self) -> Result<()> {
        if let Some(work) = &self.work {
            let loss = work.losses.loss.to_vec(&*self.device)?[0];
            let shared = work.losses.shared.to_vec(&*self.device)?[0] as usize;
            self.seen = Seen { loss, shared };
        }
        self.unseen = 0;
        Ok(())
    }

    /// Copies what was learnt back to the host, and returns the loss of the last step.
    ///
    /// # Errors
    /// The device reports an error.
    pub fn settle(
        &mut self,
        host: HostParts,
        selector: Option<(&Selector, &mut Adam)>,
    ) -> Result<Seen> {
        let device = &*self.device.clone();
        self.read_loss()?;
        self.table.settle(device, &mut host.model.embedding, host.table)?;
        self.towers.settle(device, host.model, host.dense)?;
        if let (Some(own), Some((selector, adam))) = (&self.selector, selector) {
            own.settle(device, selector, adam)?;
        }
        Ok(self.seen)
    }
}

impl Work {
    fn new(device: &dyn KernelDevice, rows: usize, towers: usize, pairs: usize) -> Result<Self> {
        Ok(Self {
            rows,
            routed: Routed::new(device, rows, towers, pairs)?,
            shared: Array::zeros(device, rows)?,
            losses: Losses::new(device, rows, towers, pairs)?,
        })
    }
}
