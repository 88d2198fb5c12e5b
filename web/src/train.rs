//! Search and retrain in the worker: the native program's phases, called between messages.

mod data;

use crate::engine::Engine;
use crate::protocol::{Failure, Reply, TrainWanted, Trained};
use candle_core::Device;
use data::Data;
use ssim_train::collective::Alone;
use ssim_train::config::Config;
use ssim_train::distil::Distil;
use ssim_train::evaluate::evaluate;
use ssim_train::event::Event;
use ssim_train::method::{ListSource, Method, Start};
use ssim_train::retrain::Retrain;
use ssim_train::search::Search;
use ssim_train::select::{random_scores, score, select};
use ssim_train::setup::Setup;
use ssim_train::swap;
use std::cell::Cell;
use std::rc::Rc;

/// How long the worker learns before it listens again, in milliseconds.
const TURN: f64 = 40.0;
/// Width, layers and rates that suit tens of thousands of rows: the demo's.
const DEMO: &str = include_str!("../../native/presets/demo.toml");
/// The planted list, which no method can know.
const PLANTED: &str = "planted";

/// The page's hand on a training.
#[derive(Clone, Default)]
pub struct Control(Rc<(Cell<bool>, Cell<bool>)>);

impl Control {
    /// Ends it at the next step.
    pub fn stop(&self) {
        self.0.0.set(true);
    }

    /// Holds it, or lets it go on.
    pub fn pause(&self, paused: bool) {
        self.0.1.set(paused);
    }
}

/// A training that is ready to begin.
pub struct Job {
    wanted: TrainWanted,
    data: Data,
    config: Config,
}

/// Checks what is wanted and makes the rows.
///
/// # Errors
/// Says which setting or which row of a CSV is wrong.
pub fn prepare(
    engine: Option<&Engine>,
    wanted: &TrainWanted,
    bytes: &[u8],
) -> Result<Job, Failure> {
    let data = data::rows(engine, wanted, bytes)?;
    let failed = |detail: String| failure("These settings cannot be trained with.", detail);
    let mut config: Config = toml::from_str(DEMO).map_err(|e| failed(e.to_string()))?;
    config.select.ratio = wanted.ratio;
    config.retrain.max_epochs = wanted.epochs;
    config.retrain.patience = wanted.epochs;
    config.train.batch = config.train.batch.min(data.train.len().div_ceil(16)).max(64);
    config.check().map_err(|e| failed(e.to_string()))?;
    Ok(Job { wanted: wanted.clone(), data, config })
}

fn failure(what: &str, detail: String) -> Failure {
    Failure { what: what.into(), todo: "Change the settings and start again.".into(), detail }
}

/// Trains to the end, or until it is stopped; tells of every turn.
///
/// # Errors
/// Whatever stops a phase.
pub async fn run(
    job: Job,
    control: &Control,
    now: &impl Fn() -> f64,
    tell: impl Fn(Reply),
) -> Result<Reply, Failure> {
    let Job { wanted, data, config } = job;
    // One list and one model from the seed's start: the page has no other way to train.
    let trains = |m: &Method| m.plan().start == Start::Seed && m.takes_list();
    let method = wanted.method.parse::<Method>().ok().filter(trains);
    let config = method.map_or(config.clone(), |m| m.settings(&config));
    let failed = |e: ssim_train::Error| failure("The training stopped.", e.to_string());
    let device = Device::Cpu;
    let setup = Setup {
        schema: &data.schema,
        config: &config,
        backbone: "dnn",
        seed: wanted.seed,
        device: &device,
        max_steps: None,
        ranks: &Alone,
    };
    let train = &data.train;
    let (n, k) = (train.len(), data.schema.scenarios.len());
    let planted = train.planted.as_ref().map(|p| &p.shared);
    let (towers, source) = match method {
        Some(method) => (method.towers(k), Some(method.list())),
        None => (k, None),
    };
    let epoch = n.div_ceil(config.train.batch) as u64;
    let before = match source {
        Some(ListSource::Taught(_)) => config.retrain.max_epochs + config.distil.epochs,
        source => u64::from(source.is_some_and(ListSource::searches)) * config.search.epochs,
    };
    let held = [data.val.len(), data.test.len()];
    tell(Reply::Began { train: n, held, steps: epoch * (before + wanted.epochs) });

    let mut drive = Drive { control, now, tell: &tell, before: 0, milliseconds: 0.0 };
    let cut =
        |scores: &[f32]| select(scores, train, &config.select, config.train.batch, wanted.seed);
    let shared = match (source, planted) {
        (Some(ListSource::Nothing), _) => vec![false; n],
        (Some(ListSource::Everything), _) => vec![true; n],
        (Some(ListSource::Random), _) => cut(&random_scores(n, wanted.seed)).map_err(failed)?,
        (None, Some(planted)) if wanted.method == PLANTED => planted.clone(),
        (None, _) => {
            let text = format!("there is no list \"{}\" for these rows", wanted.method);
            return Err(failure("These settings cannot be trained with.", text));
        }
        (Some(ListSource::Taught(teacher)), _) => {
            swap::field(&data.schema).map_err(failed)?;
            let all = vec![teacher.list() == ListSource::Everything; n];
            let mut fitted =
                Retrain::new(setup, teacher.towers(k), train, &data.val, all).map_err(failed)?;
            if !drive.run("teach", || fitted.step()).await.map_err(failed)? {
                return Ok(Reply::Stopped);
            }
            let fitted = fitted.finish().map_err(failed)?;
            let batch = config.train.eval_batch;
            let verdict =
                swap::agreement(&fitted, train, &data.schema, batch, &Alone).map_err(failed)?;
            let mut distil = Distil::new(setup, train, fitted, verdict).map_err(failed)?;
            if !drive.run("distil", || distil.step()).await.map_err(failed)? {
                return Ok(Reply::Stopped);
            }
            let found = distil.finish().map_err(failed)?;
            let scores =
                score(&found.selector, &found.embedding, train, &device, &Alone).map_err(failed)?;
            cut(&scores).map_err(failed)?
        }
        (Some(ListSource::Search | ListSource::Soft), _) => {
            let mut search = Search::new(setup, train).map_err(failed)?;
            if !drive.run("search", || search.step()).await.map_err(failed)? {
                return Ok(Reply::Stopped);
            }
            let found = search.finish().map_err(failed)?;
            let scores =
                score(&found.selector, &found.embedding, train, &device, &Alone).map_err(failed)?;
            cut(&scores).map_err(failed)?
        }
    };
    let listed = shared.iter().filter(|b| **b).count();
    let truth = planted.map(|planted| {
        let both = shared.iter().zip(planted).filter(|(a, b)| **a && **b).count() as f64;
        let all = planted.iter().filter(|b| **b).count() as f64;
        [both / (listed as f64).max(1.0), both / all.max(1.0)]
    });
    let mut retrain = Retrain::new(setup, towers, train, &data.val, shared).map_err(failed)?;
    if !drive.run("retrain", || retrain.step()).await.map_err(failed)? {
        return Ok(Reply::Stopped);
    }
    let milliseconds = drive.milliseconds;
    let model = retrain.finish().map_err(failed)?;
    let names = &data.schema.scenarios;
    let test =
        evaluate(&model, &data.test, names, config.train.eval_batch, &Alone).map_err(failed)?;
    let shared = [listed as u64, n as u64];
    let data = data.words.clone();
    let test = (&test).into();
    Ok(Reply::Trained(Box::new(Trained { data, wanted, shared, test, milliseconds, truth })))
}

/// Calls a phase's steps in turns of [`TURN`].
struct Drive<'a, N, T> {
    control: &'a Control,
    now: &'a N,
    tell: &'a T,
    /// Steps of the phases before this one.
    before: u64,
    /// Time spent learning.
    milliseconds: f64,
}

impl<N: Fn() -> f64, T: Fn(Reply)> Drive<'_, N, T> {
    /// Whether the phase came to its end.
    async fn run(
        &mut self,
        phase: &str,
        mut step: impl FnMut() -> ssim_train::Result<Event>,
    ) -> ssim_train::Result<bool> {
        let (mut steps, mut turn) = (self.before, (self.now)());
        loop {
            let event = step()?;
            let elapsed = (self.now)() - turn;
            match event {
                Event::Done => {
                    self.milliseconds += elapsed;
                    self.before = steps;
                    return Ok(true);
                }
                Event::Step { loss, shared, instances, temperature, .. } => {
                    steps += 1;
                    if elapsed < TURN {
                        continue;
                    }
                    (self.tell)(Reply::Step {
                        phase: phase.to_owned(),
                        steps,
                        loss,
                        temperature,
                        shared: shared as f64 / instances.max(1) as f64,
                        milliseconds: self.milliseconds + elapsed,
                    });
                }
                Event::Epoch { epoch, val, .. } => {
                    let val = val.and_then(|v| v.pooled.auc);
                    (self.tell)(Reply::Epoch { phase: phase.to_owned(), epoch, steps, val });
                }
            }
            self.milliseconds += elapsed;
            pause().await;
            while self.control.0.1.get() && !self.control.0.0.get() {
                pause().await;
            }
            if self.control.0.0.get() {
                return Ok(false);
            }
            turn = (self.now)();
        }
    }
}

/// Lets the worker hear its messages: a timer, since a settled promise would come before them.
async fn pause() {
    let timer = js_sys::Promise::new(&mut |resolve, _| {
        let scope: web_sys::WorkerGlobalScope =
            wasm_bindgen::JsCast::unchecked_into(js_sys::global());
        let _ = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(timer).await;
}
