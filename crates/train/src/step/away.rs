//! The part of a trainer that hands its steps to a device and takes the results back.

use super::gradients::Objective;
use super::slice::{Batch, Sharing};
use super::trainer::Trainer;
use crate::device::{Away, DeviceSharing, DeviceTrainer, HostParts, Seen};
use crate::error::Result;
use crate::optimizer::Adam;
use ssim_core::selector::Selector;
use ssim_kernels::KernelDevice;
use std::sync::Arc;

impl Trainer<'_> {
    /// The same trainer, whose steps this device takes where it can.
    pub(crate) fn on(mut self, device: Option<Arc<dyn KernelDevice>>) -> Self {
        let can = self.shard.is_whole() && DeviceTrainer::can_train(&self.model);
        self.away =
            device.filter(|_| can).map(|device| Away { device, trainer: None, ahead: false });
        self
    }

    /// Learns from one batch on the device; in a search with its selector. `None` where the host has to.
    ///
    /// # Errors
    /// The device reports an error.
    pub(crate) fn step_away(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
        selector: Option<(&Selector, &Adam)>,
    ) -> Result<Option<Seen>> {
        let Some(away) = &mut self.away else { return Ok(None) };
        let sharing = match sharing {
            Sharing::Given(list) if objective.draw.is_none() => DeviceSharing::Given(list),
            Sharing::Searched(_, selection) => DeviceSharing::Searched(selection),
            _ => return Ok(None),
        };
        if !away.ahead {
            // The host's weights may have changed: it has read a checkpoint, or an average.
            let host = HostParts {
                model: &mut self.model,
                dense: &mut self.dense,
                table: &mut self.table,
            };
            match &mut away.trainer {
                Some(trainer) => trainer.load(&host)?,
                None => away.trainer = Some(DeviceTrainer::new(away.device.clone(), &host)?),
            }
            if let (Some(trainer), Some((selector, adam))) = (&mut away.trainer, selector) {
                trainer.take(selector, adam)?;
            }
        }
        let Some(trainer) = &mut away.trainer else { return Ok(None) };
        away.ahead = true;
        trainer.step(batch, &sharing, objective).map(Some)
    }

    /// Learns from one batch on the device, without a phase around it; for programs that time steps. Returns
    /// false where the host has to take the step.
    ///
    /// # Errors
    /// The device reports an error.
    pub fn step_on_device(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
        selector: Option<(&Selector, &Adam)>,
    ) -> Result<bool> {
        Ok(self.step_away(batch, sharing, objective, selector)?.is_some())
    }

    /// Copies back what the device has learnt, and returns the last loss; `None` if the host knows all.
    ///
    /// # Errors
    /// The device reports an error.
    pub(crate) fn settle(
        &mut self,
        selector: Option<(&Selector, &mut Adam)>,
    ) -> Result<Option<Seen>> {
        let Some(away) = self.away.as_mut().filter(|away| away.ahead) else { return Ok(None) };
        let Some(trainer) = &mut away.trainer else { return Ok(None) };
        let host =
            HostParts { model: &mut self.model, dense: &mut self.dense, table: &mut self.table };
        let seen = trainer.settle(host, selector)?;
        away.ahead = false;
        Ok(Some(seen))
    }

    /// Says that the list is another one now.
    pub(crate) fn forget_list(&mut self) {
        if let Some(trainer) = self.away.as_mut().and_then(|away| away.trainer.as_mut()) {
            trainer.forget_list();
        }
    }
}
