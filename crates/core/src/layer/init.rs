//! Initial values of parameters.
//!
//! A layer calls one of these functions when it is built and gives the result to its `VarBuilder`,
//! which draws the values ([`crate::parameters::Parameters`]).

use candle_nn::Init;
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};

/// U(±1/√inputs), the initial values of PyTorch's `Linear`.
pub fn linear(inputs: usize) -> Init {
    let bound = 1.0 / (inputs as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// U(±√(6/(inputs + outputs))), the initial values of Keras' `Dense`.
pub fn glorot(inputs: usize, outputs: usize) -> Init {
    let bound = (6.0 / (inputs as f64 + outputs as f64)).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// Normal with variance 1/inputs, truncated at two standard deviations: the initial values of
/// Keras' `VarianceScaling`.
pub fn fan_in() -> Init {
    Init::Kaiming {
        dist: NormalOrUniform::Normal,
        fan: FanInOut::FanIn,
        non_linearity: NonLinearity::Linear,
    }
}
