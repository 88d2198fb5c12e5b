//! What parameters start from.

use candle_nn::Init;
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};

/// U(±1/√inputs), as PyTorch's `Linear` has it.
pub fn linear(inputs: usize) -> Init {
    let bound = 1.0 / (inputs as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// U(±√(6/(inputs + outputs))), as Keras' `Dense` has it.
pub fn glorot(inputs: usize, outputs: usize) -> Init {
    let bound = (6.0 / (inputs as f64 + outputs as f64)).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// Normal with variance 1/inputs, cut off at two standard deviations, as Keras' `VarianceScaling`
/// has it.
pub fn fan_in() -> Init {
    let (dist, fan) = (NormalOrUniform::Normal, FanInOut::FanIn);
    Init::Kaiming { dist, fan, non_linearity: NonLinearity::Linear }
}
