//! The dense parameters of networks with equal layers, one behind the other in one array.

use crate::error::{Error, Result};
use crate::optimizer::{Adam, corrections};
use ssim_core::parameters::{Parameters, Values};
use ssim_kernels::optimizer::{self, Moving, StepRate};
use ssim_kernels::{Array, KernelDevice};

/// One layer of all networks: weights `[K, O, I]`, and behind them biases `[K, O]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerPlace {
    /// Inputs `I`.
    pub inputs: usize,
    /// Outputs `O`.
    pub outputs: usize,
    /// Number of the first weight.
    pub weights: usize,
    /// Number of the first bias.
    pub biases: usize,
}

/// The names of the parameters of K networks, layer by layer.
pub(super) struct Layout {
    /// The layers.
    pub layers: Vec<LayerPlace>,
    /// Number of networks `K`.
    pub networks: usize,
    /// For each layer and network the name of the parameters, without `.weight` and `.bias`.
    names: Vec<Vec<String>>,
    /// Values in all.
    len: usize,
}

impl Layout {
    /// The layout of networks with `inputs` inputs and layers of these names, `[layers][K]`.
    ///
    /// # Errors
    /// When a parameter is missing.
    pub fn new(values: &Values, mut inputs: usize, names: Vec<Vec<String>>) -> Result<Self> {
        let networks = names.first().map_or(0, Vec::len);
        let mut layers = Vec::new();
        let mut len = 0;
        for of_layer in &names {
            let bias = &of_layer[0];
            let (shape, _) = find(values, &format!("{bias}.bias"))?;
            let outputs = shape[0];
            let weights = len;
            let biases = weights + networks * outputs * inputs;
            len = biases + networks * outputs;
            layers.push(LayerPlace { inputs, outputs, weights, biases });
            inputs = outputs;
        }
        Ok(Self { layers, networks, names, len })
    }

    /// The parameters and both moments in their places.
    fn values(&self, values: &Values, adam: &Adam) -> Result<[Vec<f32>; 3]> {
        let mut parts = [0; 3].map(|_| vec![0f32; self.len]);
        for (name, range) in self.places() {
            let (m, v) = adam.moments(&name).ok_or_else(|| {
                Error::Device(format!("device: parameter \"{name}\" has no moments"))
            })?;
            let w = &find(values, &name)?.1;
            for (to, from) in parts.iter_mut().zip([&w[..], m, v]) {
                to[range.clone()].copy_from_slice(from);
            }
        }
        Ok(parts)
    }

    /// The names of the parameters with their places.
    fn places(&self) -> impl Iterator<Item = (String, std::ops::Range<usize>)> {
        self.layers.iter().zip(&self.names).flat_map(|(layer, names)| {
            let LayerPlace { inputs, outputs, weights, biases } = *layer;
            names.iter().enumerate().flat_map(move |(k, name)| {
                let (weight, bias) = (weights + k * outputs * inputs, biases + k * outputs);
                [
                    (format!("{name}.weight"), weight..weight + outputs * inputs),
                    (format!("{name}.bias"), bias..bias + outputs),
                ]
            })
        })
    }
}

fn find<'a>(values: &'a Values, name: &str) -> Result<&'a (Vec<usize>, Vec<f32>)> {
    let told = || Error::Device(format!("device: parameter \"{name}\" is missing"));
    values.get(name).ok_or_else(told)
}

/// The parameters with their gradients and Adam's moments.
pub(super) struct DeviceWeights {
    /// The places of the layers.
    pub layout: Layout,
    /// Weights and moments.
    pub moving: Moving,
    /// Gradients.
    pub gradient: Array<f32>,
    lr: f64,
    l2: f32,
    step: u64,
}

impl DeviceWeights {
    /// Copies parameters and moments to the device.
    pub fn new(
        device: &dyn KernelDevice,
        layout: Layout,
        values: &Values,
        adam: &Adam,
    ) -> Result<Self> {
        let [w, m, v] = layout.values(values, adam)?;
        let (lr, l2) = adam.rates();
        Ok(Self {
            moving: Moving {
                w: Array::copy(device, &w)?,
                m: Array::copy(device, &m)?,
                v: Array::copy(device, &v)?,
            },
            gradient: Array::zeros(device, layout.len)?,
            layout,
            lr,
            l2,
            step: adam.steps(),
        })
    }

    /// Copies parameters and moments of the same networks anew, into the same memory.
    pub fn load(&mut self, device: &dyn KernelDevice, values: &Values, adam: &Adam) -> Result<()> {
        let [w, m, v] = self.layout.values(values, adam)?;
        self.moving.w.write(device, 0, &w)?;
        self.moving.m.write(device, 0, &m)?;
        self.moving.v.write(device, 0, &v)?;
        (self.lr, self.l2) = adam.rates();
        self.step = adam.steps();
        Ok(())
    }

    /// Takes one step by the gradients.
    pub fn step(&mut self, device: &dyn KernelDevice, loss: &Array<f64>) -> Result<()> {
        self.step += 1;
        let (step, scale) = corrections(self.lr, self.step);
        let rate = StepRate { step, scale, l2: self.l2 };
        Ok(optimizer::adam(device, &mut self.moving, &self.gradient, loss, rate)?)
    }

    /// Copies parameters and moments back.
    pub fn settle(
        &self,
        device: &dyn KernelDevice,
        parameters: &Parameters,
        adam: &mut Adam,
    ) -> Result<()> {
        let mut values = parameters.values()?;
        let [w, m, v] = [&self.moving.w, &self.moving.m, &self.moving.v];
        let (w, m, v) = (w.to_vec(device)?, m.to_vec(device)?, v.to_vec(device)?);
        for (name, range) in self.layout.places() {
            if let Some((_, to)) = values.get_mut(&name) {
                to.copy_from_slice(&w[range.clone()]);
            }
            adam.set_moments(&name, &m[range.clone()], &v[range]);
        }
        adam.set_steps(self.step);
        Ok(parameters.restore(&values)?)
    }
}
