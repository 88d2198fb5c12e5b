//! Search and retrain in the worker: a fit is stepped in short turns, and between two turns the worker
//! listens to the page.

mod data;
pub mod trial;

use crate::engine::Engine;
use crate::protocol::{Failure, Reply, TrainWanted, Trained};
use data::TrainRows;
pub use data::columns;
use ssim_core::look::list_statistics::Agreement;
use ssim_core::method::{Method, PLANTED};
use ssim_train::config::Config;
use ssim_train::evaluate::evaluate;
use ssim_train::event::Event;
use ssim_train::fit::{Fit, Next};
use ssim_train::phase::Phase;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use std::cell::Cell;
use std::rc::Rc;

/// The length of a turn, after which the worker listens again, in milliseconds.
const TURN: f64 = 40.0;
/// The demo's settings. Its sizes and rates suit tens of thousands of rows.
const DEMO: &str = include_str!("../../native/presets/demo.toml");

/// The page's control of a training.
#[derive(Clone, Default)]
pub struct TrainControl(Rc<(Cell<bool>, Cell<bool>)>);

impl TrainControl {
    /// Ends the training at its next step.
    pub fn stop(&self) {
        self.0.0.set(true);
    }

    /// Holds the training, or lets it go on.
    pub fn pause(&self, paused: bool) {
        self.0.1.set(paused);
    }

    fn is_stopped(&self) -> bool {
        self.0.0.get()
    }

    fn is_paused(&self) -> bool {
        self.0.1.get()
    }
}

/// A training that is ready to begin.
pub struct PageTraining {
    wanted: TrainWanted,
    data: TrainRows,
    /// The method; none where the list is the planted one.
    method: Option<Method>,
    /// The settings, with those that the method fixes.
    config: Config,
}

/// Checks the settings and makes the rows.
///
/// # Errors
/// Says which setting or which row of a CSV is wrong.
pub fn prepare(
    engine: Option<&Engine>,
    wanted: &TrainWanted,
    bytes: &[u8],
) -> Result<PageTraining, Failure> {
    let data = data::rows(engine, wanted, bytes)?;
    let failed = |detail: String| failure("These settings cannot be trained with.", detail);
    let mut config = settings(data.rows.train.len(), wanted.epochs).map_err(failed)?;
    (config.select.ratio, config.select.by) = (wanted.ratio, wanted.by);
    let method = match wanted.method.as_str() {
        PLANTED if data.rows.train.planted.is_some() => None,
        PLANTED => {
            let text = format!("there is no list \"{PLANTED}\" for these rows");
            return Err(failed(text));
        }
        name => Some(name.parse::<Method>().map_err(|e| failed(e.to_string()))?),
    };
    if let Some(method) = method {
        config = Recipe::of(method).settings(&config);
    }
    config.check().map_err(|e| failed(e.to_string()))?;
    Ok(PageTraining { wanted: wanted.clone(), data, method, config })
}

/// The settings for `rows` training rows.
fn settings(rows: usize, epochs: u64) -> Result<Config, String> {
    let mut config: Config = toml::from_str(DEMO).map_err(|e| e.to_string())?;
    config.retrain.max_epochs = epochs;
    config.retrain.patience = epochs;
    config.train.batch = config.train.batch.min(rows.div_ceil(16)).max(64);
    Ok(config)
}

fn failure(what: &str, detail: String) -> Failure {
    Failure { what: what.into(), todo: "Change the settings and start again.".into(), detail }
}

/// Trains to the end, or until the training is stopped. It sends a reply after every turn.
///
/// # Errors
/// Whatever stops a phase.
pub async fn run(
    training: PageTraining,
    control: &TrainControl,
    now: &impl Fn() -> f64,
    send: impl Fn(Reply),
) -> Result<Reply, Failure> {
    let stopped = |e: ssim_train::Error| failure("The training stopped.", e.to_string());
    let PageTraining { wanted, data, method, config } = training;
    let rows = &data.rows;
    let setup = Setup { seed: wanted.seed, ..Setup::new(&data.schema, &config) };
    let planted = rows.train.planted.as_ref().map(|planted| &planted.shared);
    let mut fit = Fit::new(setup, Recipe::of(method.unwrap_or(Method::Ssim)), rows);
    if let (None, Some(planted)) = (method, planted) {
        fit = fit.on_list(planted.clone()).map_err(stopped)?;
    }
    let held = [rows.val.len(), rows.test.len()];
    let words = data.words.clone();
    send(Reply::Began { data: words, train: rows.train.len(), held, steps: fit.total() });

    let mut drive = Drive { control, now, send: &send, before: 0, milliseconds: 0.0 };
    if !learn(&mut fit, &mut drive).await.map_err(stopped)? {
        return Ok(Reply::Stopped);
    }
    let shared = fit.list().map(|list| &list.shared[..]).unwrap_or_default();
    let listed = shared.iter().filter(|bit| **bit).count() as u64;
    let truth = planted.map(|planted| {
        let agreement = Agreement::new(shared, planted);
        [agreement.precision(), agreement.recall()]
    });
    let test = evaluate(&setup, fit.models(), &rows.test).map_err(stopped)?;
    Ok(Reply::Trained(Box::new(Trained {
        data: data.words.clone(),
        wanted,
        shared: [listed, rows.train.len() as u64],
        test: (&test).into(),
        milliseconds: drive.milliseconds,
        truth,
    })))
}

/// Runs a fit to its end. Returns false where the page has stopped it.
async fn learn<N: Fn() -> f64, S: Fn(Reply)>(
    fit: &mut Fit<'_>,
    drive: &mut Drive<'_, N, S>,
) -> ssim_train::Result<bool> {
    loop {
        match fit.proceed()? {
            Next::Phase if drive.run(fit).await? => (),
            Next::Phase => return Ok(false),
            Next::End => return Ok(true),
            Next::Selector(_) | Next::List(_) | Next::Model(..) => (),
        }
    }
}

/// Steps phases in turns of [`TURN`].
struct Drive<'a, N, S> {
    control: &'a TrainControl,
    now: &'a N,
    send: &'a S,
    /// Steps of the phases before this one.
    before: u64,
    /// Time spent learning.
    milliseconds: f64,
}

impl<N: Fn() -> f64, S: Fn(Reply)> Drive<'_, N, S> {
    /// Steps a phase to its end. Returns false where the page has stopped it.
    async fn run(&mut self, phase: &mut impl Phase) -> ssim_train::Result<bool> {
        let name = phase.name().to_owned();
        let mut turn = (self.now)();
        loop {
            let event = phase.step()?;
            let elapsed = (self.now)() - turn;
            let steps = self.before + phase.steps();
            match event {
                Event::Done => {
                    self.milliseconds += elapsed;
                    self.before = steps;
                    return Ok(true);
                }
                Event::Step { .. } if elapsed < TURN => continue,
                Event::Table { .. } => (),
                Event::Step { loss, shared, instances, temperature, .. } => {
                    (self.send)(Reply::Step {
                        phase: name.clone(),
                        steps,
                        loss,
                        temperature,
                        shared: shared as f64 / instances.max(1) as f64,
                        milliseconds: self.milliseconds + elapsed,
                    });
                }
                Event::Epoch { epoch, val, .. } => {
                    let val = val.and_then(|report| report.pooled.auc());
                    (self.send)(Reply::Epoch { phase: name.clone(), epoch, steps, val });
                }
            }
            self.milliseconds += elapsed;
            pause().await;
            while self.control.is_paused() && !self.control.is_stopped() {
                pause().await;
            }
            if self.control.is_stopped() {
                return Ok(false);
            }
            turn = (self.now)();
        }
    }
}

/// Lets the worker hear its messages. It waits for a timer, since a promise that is settled already
/// would go on before any message.
async fn pause() {
    let timer = js_sys::Promise::new(&mut |resolve, _| {
        let scope: web_sys::WorkerGlobalScope =
            wasm_bindgen::JsCast::unchecked_into(js_sys::global());
        let _ = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(timer).await;
}
