//! The named parameters of a network. They are seeded and sorted by name, so that every process has
//! the same bytes.

use crate::bounds::WEIGHTS;
use crate::error::{Error, Result};
use crate::rng::Stream;
use crate::tensor;
use candle_core::{DType, Device, Shape, Tensor, Var};
use candle_nn::init::NormalOrUniform;
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The shape and the values of all parameters by name, for saving, comparing and restoring.
pub type Values = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A part of the names of buffers: values that are saved with the parameters but not
/// trained.
pub const BUFFERS: &str = "buffers";

/// Whether L2 applies to the parameter of this name. It does not apply to those of a normalisation.
pub fn decays(name: &str) -> bool {
    name.split('.').all(|part| part != "norm")
}

/// Whether the parameter of this name is trained, and not a buffer.
fn trains(name: &str) -> bool {
    name.split('.').all(|part| part != BUFFERS)
}

/// The dense parameters of a network: all but the embedding table.
///
/// Initial values depend only on `(seed, name)`. So a network that is built again with the same
/// seed starts from the same values; this is how retraining rewinds a model.
///
/// A variable is made when a builder first asks for its name. Builders that ask later get the same
/// variable. Clones share the variables.
#[derive(Clone)]
pub struct Parameters {
    start: Arc<Start>,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
    /// Number of values of all variables.
    count: Arc<AtomicU64>,
}

impl Parameters {
    /// Parameters with seeded random initial values.
    pub fn seeded(seed: u64) -> Self {
        Self::starting(Start::Seed(seed))
    }

    /// Parameters with the `given` values. A network that asks for another name is an error.
    pub fn from_values(given: Values) -> Self {
        Self::starting(Start::Given(given))
    }

    fn starting(start: Start) -> Self {
        Self { start: Arc::new(start), vars: Arc::default(), count: Arc::default() }
    }

    /// A builder that gives a network trainable variables; buffers are constant for candle.
    pub fn trainable(&self, device: &Device) -> VarBuilder<'static> {
        self.builder(Access::Trainable, device)
    }

    /// A builder that gives a network constant views of the variables. The views see every update,
    /// and candle records no graph for them.
    pub fn frozen(&self, device: &Device) -> VarBuilder<'static> {
        self.builder(Access::Frozen, device)
    }

    fn builder(&self, access: Access, device: &Device) -> VarBuilder<'static> {
        let backend = Backend { parameters: self.clone(), access };
        VarBuilder::from_backend(Box::new(backend), DType::F32, device.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        // A panic in another thread cannot leave the map half-written, so its values can be used.
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The variables that are trained, sorted by name.
    pub fn vars(&self) -> Vec<(String, Var)> {
        self.lock().iter().filter(|(n, _)| trains(n)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// A copy of all values, including buffers.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn values(&self) -> Result<Values> {
        self.lock()
            .iter()
            .map(|(name, var)| Ok((name.clone(), (var.dims().to_vec(), tensor::to_vec(var)?))))
            .collect()
    }

    /// Overwrites the existing variables with `values`.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape; the message names it.
    pub fn restore(&self, values: &Values) -> Result<()> {
        for (name, var) in self.lock().iter() {
            let (shape, data) = values.get(name).ok_or_else(|| missing(name))?;
            check_shape(name, var.dims(), shape)?;
            var.set(&Tensor::from_slice(data, shape.as_slice(), var.device())?)?;
        }
        Ok(())
    }

    /// Overwrites the existing variables with those of the same network with one tower: every tower
    /// becomes a copy of the only one. A variable whose shape depends on the number of towers keeps its
    /// values.
    ///
    /// # Errors
    /// When a parameter is missing; the message names it.
    pub fn restore_every_tower(&self, one: &Values) -> Result<()> {
        for (name, var) in self.lock().iter() {
            let of_first = of_first_tower(name);
            let (shape, data) = one.get(&of_first).ok_or_else(|| missing(&of_first))?;
            if shape == var.dims() {
                var.set(&Tensor::from_slice(data, shape.as_slice(), var.device())?)?;
            }
        }
        Ok(())
    }
}

/// The name that the parameter of any tower has in the first tower. A parameter's tower is the number
/// after `towers` or `norm` in its name; other parameters belong to no tower and keep their name.
fn of_first_tower(name: &str) -> String {
    let mut before = "";
    let parts = name.split('.').map(|part| {
        let is_tower = matches!(before, "towers" | "norm") && part.parse::<usize>().is_ok();
        before = part;
        if is_tower { "0" } else { part }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The error of a network that has more than [`WEIGHTS`] weights with the parameter of this name.
pub(crate) fn too_many(name: &str) -> Error {
    let text = format!("network: expected at most {WEIGHTS} weights, got more with parameter");
    Error::Config(format!("{text} \"{name}\""))
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

/// The source of initial values.
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

/// The kind of tensors that a builder gives.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    Trainable,
    Frozen,
}

/// Connects candle's `VarBuilder` to the parameters.
struct Backend {
    parameters: Parameters,
    access: Access,
}

impl Backend {
    /// The variable of this name, which is made if it does not exist yet.
    ///
    /// # Errors
    /// When there is no value of this name, or one of another shape; or when the network has more than
    /// [`WEIGHTS`] weights.
    fn var(&self, shape: &Shape, name: &str, init: Init, device: &Device) -> Result<Var> {
        if let Some(var) = self.parameters.lock().get(name) {
            check_shape(name, shape.dims(), var.dims())?;
            return Ok(var.clone());
        }
        // Given values are there already; others are counted before anything of their size is reserved.
        if let Start::Seed(_) = &*self.parameters.start {
            let new = shape.dims().iter().fold(1u64, |n, d| n.saturating_mul(*d as u64));
            let before = self.parameters.count.fetch_add(new.min(WEIGHTS), Ordering::Relaxed);
            if before.saturating_add(new) > WEIGHTS {
                return Err(too_many(name));
            }
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
        let var = self.var(&shape, name, init, device).map_err(Error::into_tensor)?;
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

/// Draws initial values from the stream of this parameter.
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
        // A number beyond two standard deviations is drawn again. This shrinks the standard
        // deviation to 0.8796 of the normal one, which the division makes up for.
        Init::Kaiming { dist: NormalOrUniform::Normal, fan, non_linearity } => {
            let fan = fan.for_shape(shape).max(1) as f64;
            let stdev = non_linearity.gain() / fan.sqrt() / 0.879_625_661_034_239_8;
            let drawn = std::iter::repeat_with(|| stream.normal()).filter(|x| x.abs() <= 2.0);
            drawn.take(n).map(|x| (stdev * x) as f32).collect()
        }
        other => return Err(Error::Config(format!("parameter \"{name}\": no init {other:?}"))),
    })
}
