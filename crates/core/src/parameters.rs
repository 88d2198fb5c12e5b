//! Named parameters: seeded, sorted by name, the same bytes in every process.

use crate::error::{Error, Result};
use crate::host;
use crate::rng::Stream;
use candle_core::{DType, Device, Shape, Tensor, Var};
use candle_nn::init::NormalOrUniform;
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values of all parameters by name: what is saved, compared and restored.
pub type Values = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// First part of the names of values that are kept with the parameters but not trained.
pub const BUFFERS: &str = "buffers";

/// Whether L2 applies to the parameter of this name: not to those of a normalisation.
pub fn decays(name: &str) -> bool {
    name.split('.').all(|part| part != "norm")
}

fn trains(name: &str) -> bool {
    name.split('.').next() != Some(BUFFERS)
}

/// The dense parameters of a network (everything but the embedding table).
///
/// Initial values depend on `(seed, name)` only: a network built twice from one seed starts
/// twice from the same point, which is what "rewind" means.
#[derive(Clone)]
pub struct Parameters {
    start: Arc<Start>,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl Parameters {
    /// Parameters that start from seeded random values.
    pub fn seeded(seed: u64) -> Self {
        Self::starting(Start::Seed(seed))
    }

    /// Parameters that start from `given` values; a name that is not given is an error.
    pub fn from_values(given: Values) -> Self {
        Self::starting(Start::Given(given))
    }

    fn starting(start: Start) -> Self {
        Self { start: Arc::new(start), vars: Arc::default() }
    }

    /// A builder that makes trainable variables for whatever a network asks for.
    pub fn trainable(&self, device: &Device) -> VarBuilder<'static> {
        self.builder(Access::Trainable, device)
    }

    /// A builder that hands out constant views of the existing variables: they follow every
    /// update, and no graph is recorded for them.
    pub fn frozen(&self, device: &Device) -> VarBuilder<'static> {
        self.builder(Access::Frozen, device)
    }

    fn builder(&self, access: Access, device: &Device) -> VarBuilder<'static> {
        let backend = Backend { parameters: self.clone(), access };
        VarBuilder::from_backend(Box::new(backend), DType::F32, device.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        // A panic elsewhere cannot leave a map of handles half-written.
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The variables that are trained, sorted by name.
    pub fn vars(&self) -> Vec<(String, Var)> {
        self.lock().iter().filter(|(n, _)| trains(n)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// A copy of all values, buffers too.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn values(&self) -> Result<Values> {
        self.lock()
            .iter()
            .map(|(name, var)| Ok((name.clone(), (var.dims().to_vec(), host::to_vec(var)?))))
            .collect()
    }

    /// Overwrites the existing variables with `values`.
    ///
    /// # Errors
    /// Names the parameter that is missing or has another shape.
    pub fn restore(&self, values: &Values) -> Result<()> {
        for (name, var) in self.lock().iter() {
            let (shape, data) = values.get(name).ok_or_else(|| missing(name))?;
            check_shape(name, var.dims(), shape)?;
            var.set(&Tensor::from_slice(data, shape.as_slice(), var.device())?)?;
        }
        Ok(())
    }
}

fn missing(name: &str) -> Error {
    Error::File(format!("parameter \"{name}\" is missing"))
}

fn check_shape(name: &str, expected: &[usize], got: &[usize]) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    Err(Error::File(format!("parameter \"{name}\": expected shape {expected:?}, got {got:?}")))
}

enum Start {
    Seed(u64),
    Given(Values),
}

impl Start {
    fn values(&self, shape: &Shape, init: Init, name: &str) -> Result<Vec<f32>> {
        let given = match self {
            Start::Seed(seed) => return draw(shape, init, *seed, name),
            Start::Given(given) => given.get(name),
        };
        let (dims, data) = given.ok_or_else(|| missing(name))?;
        check_shape(name, shape.dims(), dims)?;
        Ok(data.clone())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Trainable,
    Frozen,
}

struct Backend {
    parameters: Parameters,
    access: Access,
}

impl Backend {
    fn var(&self, shape: &Shape, name: &str, init: Init, device: &Device) -> Result<Var> {
        if let Some(var) = self.parameters.lock().get(name) {
            check_shape(name, shape.dims(), var.dims())?;
            return Ok(var.clone());
        }
        let data = self.parameters.start.values(shape, init, name)?;
        let var = Var::from_vec(data, shape, device)?;
        self.parameters.lock().insert(name.to_owned(), var.clone());
        Ok(var)
    }
}

impl SimpleBackend for Backend {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        _: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let var = self
            .var(&shape, name, init, device)
            .map_err(|e| candle_core::Error::Msg(e.to_string()))?;
        Ok(match self.access {
            Access::Trainable if trains(name) => var.as_tensor().clone(),
            _ => var.as_detached_tensor(),
        })
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("parameter \"{name}\" was asked for without a shape")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.parameters.lock().contains_key(name)
    }
}

fn draw(shape: &Shape, init: Init, seed: u64, name: &str) -> Result<Vec<f32>> {
    let mut stream = Stream::new(seed, &format!("init {name}"), &[]);
    let n = shape.elem_count();
    Ok(match init {
        Init::Const(value) => vec![value as f32; n],
        Init::Uniform { lo, up } => {
            (0..n).map(|_| (lo + (up - lo) * stream.unit()) as f32).collect()
        }
        Init::Randn { mean, stdev } => {
            (0..n).map(|_| (mean + stdev * stream.normal()) as f32).collect()
        }
        // Drawn again where it lies beyond two standard deviations, which leaves 0.8796 of one.
        Init::Kaiming { dist: NormalOrUniform::Normal, fan, non_linearity } => {
            let fan = fan.for_shape(shape).max(1) as f64;
            let stdev = non_linearity.gain() / fan.sqrt() / 0.879_625_661_034_239_8;
            let drawn = std::iter::repeat_with(|| stream.normal()).filter(|x| x.abs() <= 2.0);
            drawn.take(n).map(|x| (stdev * x) as f32).collect()
        }
        other => return Err(Error::Config(format!("parameter \"{name}\": no init {other:?}"))),
    })
}
