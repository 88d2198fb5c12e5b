//! Adam for the dense parameters, with L2 coupled into the gradient as PyTorch's `Adam` has it.

use super::{corrections, step, steps_without_gradient};
use crate::error::Result;
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor, Var, bail};
use ssim_core::container::Container;
use ssim_core::parameters::decays;
use ssim_core::{Error, parallel, tensor};
use std::cell::RefCell;

/// Adam over named variables.
pub struct Adam {
    lr: f64,
    step: u64,
    slots: Vec<Slot>,
}

struct Slot {
    name: String,
    var: Var,
    l2: f32,
    m: Vec<f32>,
    v: Vec<f32>,
}

impl Adam {
    /// An optimiser with zero moments for `vars`; `l2` goes to those that decay.
    pub fn new(vars: Vec<(String, Var)>, lr: f64, l2: f64) -> Self {
        let slots = vars.into_iter().map(|(name, var)| {
            let n = var.elem_count();
            let l2 = if decays(&name) { l2 as f32 } else { 0.0 };
            Slot { name, var, l2, m: vec![0.0; n], v: vec![0.0; n] }
        });
        Self { lr, step: 0, slots: slots.collect() }
    }

    /// Updates every variable with the sum of the slices' gradients, added in slice order.
    /// A variable without a gradient gets a gradient of 0: its momentum and L2 go on.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn step(&mut self, slices: &[&GradStore]) -> Result<()> {
        self.step += 1;
        let rate = corrections(self.lr, self.step);
        let slots = self.slots.iter_mut().collect();
        let done = parallel::compute(slots, |slot: &mut Slot| {
            let mut found = slices.iter().filter_map(|store| store.get(&slot.var));
            let Some(first) = found.next() else { return slot.step(&[], rate) };
            let others: Vec<&Tensor> = found.collect();
            if others.is_empty() {
                // Most weights of many towers are in one slice, and so is their gradient.
                return tensor::with_f32(first, |gradient| slot.step(gradient, rate))?;
            }
            let mut sum = tensor::to_vec(first)?;
            for gradient in others {
                tensor::with_f32(gradient, |g| sum.iter_mut().zip(g).for_each(|(s, g)| *s += g))?;
            }
            slot.step(&sum, rate)
        });
        done.into_iter().collect()
    }

    /// Name, first and second moments of every variable.
    pub(crate) fn into_moments(self) -> Vec<(String, Vec<f32>, Vec<f32>)> {
        self.slots.into_iter().map(|slot| (slot.name, slot.m, slot.v)).collect()
    }

    /// Goes on with the moments of other variables of the same names, after so many steps. Variables of other names or
    /// sizes keep moments of zero.
    pub(crate) fn go_on(&mut self, moments: &[(String, Vec<f32>, Vec<f32>)], steps: u64) {
        self.step = steps;
        for (name, m, v) in moments {
            let slot = self.slots.iter_mut().find(|slot| slot.name == *name);
            if let Some(slot) = slot.filter(|slot| slot.m.len() == m.len()) {
                slot.m.copy_from_slice(m);
                slot.v.copy_from_slice(v);
            }
        }
    }

    /// Learning rate, and coupled L2 of the parameters that decay.
    #[cfg(feature = "device")]
    pub(crate) fn rates(&self) -> (f64, f32) {
        (self.lr, self.slots.iter().fold(0.0, |l2, slot| slot.l2.max(l2)))
    }

    /// First and second moments of the parameter of this name.
    #[cfg(feature = "device")]
    pub(crate) fn moments(&self, name: &str) -> Option<(&[f32], &[f32])> {
        let slot = self.slots.iter().find(|slot| slot.name == name)?;
        Some((&slot.m, &slot.v))
    }

    /// Steps so far.
    #[cfg(feature = "device")]
    pub(crate) fn steps(&self) -> u64 {
        self.step
    }

    /// Takes the moments of the parameter of this name over from a device.
    #[cfg(feature = "device")]
    pub(crate) fn set_moments(&mut self, name: &str, m: &[f32], v: &[f32]) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.name == name) {
            slot.m.copy_from_slice(m);
            slot.v.copy_from_slice(v);
        }
    }

    /// Counts the steps that a device has taken.
    #[cfg(feature = "device")]
    pub(crate) fn set_steps(&mut self, steps: u64) {
        self.step = steps;
    }

    /// Writes the moments under `prefix`.
    pub fn save<'a>(&'a self, prefix: &str, arrays: &mut Container<'a>) {
        arrays.put(&format!("{prefix}step"), &[1], &[self.step]);
        for slot in &self.slots {
            arrays.lend(&format!("{prefix}m.{}", slot.name), &[slot.m.len()], &slot.m);
            arrays.lend(&format!("{prefix}v.{}", slot.name), &[slot.v.len()], &slot.v);
        }
    }

    /// Reads the moments back, which were written after so many steps of the phase.
    ///
    /// # Errors
    /// When one is missing or of another length, or more steps were taken than that.
    pub fn load(&mut self, prefix: &str, arrays: &Container, steps: u64) -> Result<()> {
        self.step = arrays.get_n::<u64>(&format!("{prefix}step"), 1)?[0];
        if self.step > steps {
            let text =
                format!("array \"{prefix}step\": expected at most {steps}, got {}", self.step);
            return Err(Error::File(text).into());
        }
        for slot in &mut self.slots {
            slot.m = arrays.get_n(&format!("{prefix}m.{}", slot.name), slot.m.len())?;
            slot.v = arrays.get_n(&format!("{prefix}v.{}", slot.name), slot.v.len())?;
        }
        Ok(())
    }
}

impl Slot {
    /// Updates the variable with its `gradient`; an empty one is a gradient of 0.
    fn step(&mut self, gradient: &[f32], rate: (f32, f32)) -> Result<()> {
        let Self { var, l2, m, v, .. } = self;
        let op = Update { gradient, state: RefCell::new((m, v)), rate, l2: *l2 };
        if var.device().is_cpu() {
            return Ok(var.inplace_op1(&op)?);
        }
        // Elsewhere the update is computed on the host.
        let mut w = tensor::to_vec(var)?;
        op.apply(&mut w);
        Ok(var.set(&Tensor::from_vec(w, var.shape(), var.device())?)?)
    }
}

struct Update<'a> {
    /// Empty for a gradient of 0.
    gradient: &'a [f32],
    state: RefCell<(&'a mut [f32], &'a mut [f32])>,
    rate: (f32, f32),
    l2: f32,
}

impl Update<'_> {
    fn apply(&self, weights: &mut [f32]) {
        let mut state = self.state.borrow_mut();
        let (m, v) = &mut *state;
        match self.gradient {
            [] => steps_without_gradient(weights, m, v, self.l2, &[self.rate]),
            gradient => step(weights, gradient, (m, v), self.l2, self.rate),
        }
    }
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        match (storage, layout.contiguous_offsets()) {
            (CpuStorage::F32(weights), Some((from, to))) => self.apply(&mut weights[from..to]),
            _ => bail!("adam: expected contiguous f32 weights"),
        }
        Ok(())
    }
}
