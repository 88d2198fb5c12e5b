//! The training in the page: its settings, its progress and its results.

use super::state::{LoadState, PageState};
use crate::fetch;
use crate::link::{self, Link};
use crate::protocol::{Failure, Overview, Reply, Request, TrainData, TrainWanted, Trained, Trial};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use ssim_core::mask::Pool;
use ssim_core::method::Method;
use web_sys::File;

/// The state of the training; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct TrainingState {
    /// The settings of the next training.
    pub wanted: RwSignal<TrainWanted>,
    /// The reader's table: its name, and the names of its columns.
    pub table: RwSignal<Option<(String, Vec<String>)>>,
    /// A sentence on what has been read of the table that is trained on.
    pub read: RwSignal<Option<String>>,
    /// The progress.
    pub going: RwSignal<Going>,
    /// The loss by step, a curve per phase.
    pub loss: RwSignal<Vec<CurvePoints>>,
    /// The validation AUC by step, a curve per phase.
    pub val: RwSignal<Vec<CurvePoints>>,
    /// The result of the last test of a selection, as HTML.
    pub tested: RwSignal<String>,
    /// The trained models, the newest last.
    pub results: RwSignal<Vec<Trained>>,
    /// From the last training, for an estimate: number of training rows, and milliseconds of
    /// learning per step.
    pub pace: RwSignal<Option<(usize, f64)>>,
    /// The test of a selection that was started last, unless a training was started later.
    trial: StoredValue<Option<Trial>>,
    /// The bytes of the reader's table.
    bytes: StoredValue<Option<ArrayBuffer>, LocalStorage>,
    /// A table whose columns the trainer is reading: the request's number, its name and its bytes.
    taking: StoredValue<Option<(u32, String, ArrayBuffer)>, LocalStorage>,
    /// The open artifact, and whether the trainer has it.
    file: StoredValue<Option<(ArrayBuffer, bool)>, LocalStorage>,
    /// Number of the request that started the training; replies to others are ignored.
    id: StoredValue<u32>,
    link: StoredValue<Option<Link>, LocalStorage>,
}

/// The progress of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Going {
    /// No training has run.
    #[default]
    Idle,
    /// The worker prepares the rows.
    Preparing,
    /// The model is learning.
    Running {
        /// Name of the phase.
        phase: String,
        /// Number of steps so far, over all phases.
        steps: u64,
        /// Number of steps of all phases.
        of: u64,
        /// Time spent learning so far.
        milliseconds: f64,
        /// Temperature of the search mask, and the part of the last batch that was shared.
        mask: Option<(f64, f64)>,
        /// Whether the reader has paused the training.
        paused: bool,
    },
    /// The reader has stopped the training.
    Stopped,
    /// The training has ended with a model.
    Done,
}

impl TrainingState {
    /// Creates the state before any training, with default settings.
    pub fn new() -> Self {
        Self {
            wanted: RwSignal::new(TrainWanted {
                data: TrainData::Sample,
                method: Method::Ssim.name().into(),
                ratio: 0.5,
                by: Pool::default(),
                epochs: 2,
                seed: 1,
            }),
            table: RwSignal::new(None),
            read: RwSignal::new(None),
            going: RwSignal::new(Going::Idle),
            loss: RwSignal::new(Vec::new()),
            val: RwSignal::new(Vec::new()),
            tested: RwSignal::new(String::new()),
            results: RwSignal::new(Vec::new()),
            pace: RwSignal::new(None),
            trial: StoredValue::new(None),
            bytes: StoredValue::new_local(None),
            taking: StoredValue::new_local(None),
            file: StoredValue::new_local(None),
            id: StoredValue::new(0),
            link: StoredValue::new_local(None),
        }
    }

    /// Changes the settings of the next training.
    pub fn want(self, change: impl FnOnce(&mut TrainWanted)) {
        // As `PageState::choose`.
        let mut wanted = self.wanted.get_untracked();
        change(&mut wanted);
        self.wanted.set(wanted);
    }

    /// Whether a training is running or paused.
    pub fn busy(self) -> bool {
        matches!(self.going.get(), Going::Preparing | Going::Running { .. })
    }

    /// Starts a training with the current settings.
    pub fn start(self, page: PageState) {
        self.trial.set_value(None);
        self.start_again(page);
    }

    /// Starts a test of a selection.
    pub fn test(self, page: PageState, trial: Trial) {
        self.trial.set_value(Some(trial));
        self.tested.set(String::new());
        self.start_again(page);
    }

    /// Starts what was started last.
    pub fn start_again(self, page: PageState) {
        self.loss.set(Vec::new());
        self.val.set(Vec::new());
        self.going.set(Going::Preparing);
        self.read.set(None);
        let wanted = self.wanted.get_untracked();
        let bytes =
            self.bytes.get_value().filter(|_| matches!(wanted.data, TrainData::Table { .. }));
        let link = self.link(page);
        if let Some((file, false)) = self.file.get_value() {
            link.send(Request::Open, Some(&file));
            self.file.set_value(Some((file, true)));
        }
        link.hold(false);
        let request = match self.trial.get_value() {
            Some(trial) => Request::Try(trial),
            None => Request::Train(wanted),
        };
        self.id.set_value(link.ask(request, bytes.as_ref()));
    }

    /// Takes note that another artifact is open. Trainings start with its ratio and
    /// its pool.
    pub fn open(self, file: ArrayBuffer, overview: &Overview) {
        self.file.set_value(Some((file, false)));
        self.tested.set(String::new());
        self.want(|w| (w.ratio, w.by) = (overview.ratio, overview.by.unwrap_or_default()));
    }

    /// The connection to the trainer, whose program is fetched at the first use.
    fn link(self, page: PageState) -> Link {
        if let Some(link) = self.link.get_value() {
            return link;
        }
        let link = Link::new(link::TRAINER, move |id, reply, _| self.hear(page, id, reply));
        self.link.set_value(Some(link.clone()));
        link
    }

    /// Pauses the training, or continues it.
    pub fn pause(self, page: PageState, hold: bool) {
        let link = self.link(page);
        link.send(Request::Pause { hold }, None);
        link.hold(hold);
        self.going.update(|going| {
            if let Going::Running { paused, .. } = going {
                *paused = hold;
            }
        });
    }

    /// Stops the training and discards it.
    pub fn stop(self, page: PageState) {
        let link = self.link(page);
        link.hold(false);
        link.send(Request::Stop, None);
    }

    /// Reads the reader's table, lets the trainer read the names of its columns, and then opens the page that trains.
    /// The trainer has the program's own reader of tables, which the page does not need.
    pub fn take(self, page: PageState, file: File) {
        let name = file.name();
        // An artifact that is being opened meanwhile is shown first.
        if page.phase.get_untracked() == LoadState::Idle {
            page.phase.set(LoadState::Loading { name: name.clone(), progress: (0, None) });
        }
        spawn_local(async move {
            match fetch::read(&file).await {
                Ok(bytes) => {
                    let request = Request::Columns { name: name.clone() };
                    let id = self.link(page).ask(request, Some(&bytes));
                    self.taking.set_value(Some((id, name, bytes)));
                }
                Err(failure) => page.fail(failure),
            }
        });
    }

    /// Offers the columns of the table as label and scenario.
    fn taken(self, page: PageState, name: String, bytes: ArrayBuffer, columns: Vec<String>) {
        let (label, scenario) = usual(&columns);
        self.bytes.set_value(Some(bytes));
        self.read.set(None);
        let table = name.clone();
        self.table.set(Some((name.clone(), columns)));
        self.want(|w| w.data = TrainData::Table { name, label, scenario });
        let waits =
            |phase: &LoadState| matches!(phase, LoadState::Loading { name, .. } if *name == table);
        if page.phase.with_untracked(waits) {
            page.phase.set(LoadState::Idle);
        }
        page.choose(|a| a.route = crate::address::Route::Train);
    }

    /// Gives back the table whose columns are being read, which are then waited for no longer.
    fn take_taking(self) -> Option<(u32, String, ArrayBuffer)> {
        let taking = self.taking.get_value();
        self.taking.set_value(None);
        taking
    }

    /// Handles a reply of the trainer.
    fn hear(self, page: PageState, id: u32, reply: Reply) {
        if let Reply::Crashed { message } = reply {
            // The next training starts a new worker, which does not have the artifact yet.
            self.file.update_value(|file| {
                if let Some(file) = file {
                    file.1 = false;
                }
            });
            self.going.set(Going::Idle);
            let failure = Failure {
                what: "The worker that trains has stopped.".into(),
                todo: "Start again, with fewer rows if it ran out of memory.".into(),
                detail: message,
            };
            return match self.take_taking() {
                Some(_) => page.fail(failure),
                None => page.fail_training(failure),
            };
        }
        if self.taking.with_value(|taking| taking.as_ref().is_some_and(|taking| taking.0 == id)) {
            return match (reply, self.take_taking()) {
                (Reply::Columns(columns), Some((_, name, bytes))) => {
                    self.taken(page, name, bytes, columns)
                }
                (Reply::Failed(failure), _) => page.fail(failure),
                _ => {}
            };
        }
        if id != self.id.get_value() {
            return;
        }
        match reply {
            Reply::Began { data, steps, .. } => {
                let of_table =
                    self.wanted.with_untracked(|w| matches!(w.data, TrainData::Table { .. }));
                self.read.set(of_table.then_some(data));
                self.going.set(Going::Running {
                    phase: "begins".into(),
                    steps: 0,
                    of: steps,
                    milliseconds: 0.0,
                    mask: None,
                    paused: false,
                });
            }
            Reply::Step { phase, steps, loss, temperature, shared, milliseconds } => {
                self.going.update(|going| {
                    if let Going::Running { phase: p, steps: s, milliseconds: m, mask, .. } = going
                    {
                        (*p, *s, *m) = (phase.clone(), steps, milliseconds);
                        *mask = temperature.map(|t| (t, shared));
                    }
                });
                self.loss.update(|curves| add(curves, phase, steps, loss));
            }
            Reply::Epoch { phase, steps, val: Some(val), .. } => {
                self.val.update(|curves| add(curves, phase, steps, val));
            }
            Reply::Trained(trained) => {
                if let Going::Running { of, milliseconds, .. } = self.going.get_untracked() {
                    self.pace
                        .set(Some((trained.shared[1] as usize, milliseconds / of.max(1) as f64)));
                }
                self.results.update(|results| results.push(*trained));
                self.going.set(Going::Done);
            }
            Reply::Drawn { html, .. } => {
                self.tested.set(html);
                self.going.set(Going::Done);
            }
            Reply::Stopped => self.going.set(Going::Stopped),
            Reply::Failed(failure) => {
                self.going.set(Going::Idle);
                page.fail_training(failure);
            }
            _ => {}
        }
    }
}

/// The columns that are most likely the label and the scenario: one with a usual name, or else the first and the second.
pub fn usual(columns: &[String]) -> (String, String) {
    let pick = |names: &[&str], otherwise: usize| {
        let is_usual = |c: &&String| names.contains(&c.trim().to_ascii_lowercase().as_str());
        let found = columns.iter().find(is_usual).or_else(|| columns.get(otherwise));
        found.cloned().unwrap_or_default()
    };
    let label = pick(&["click", "label", "clicked", "y"], 0);
    (label, pick(&["scenario", "domain", "tab", "position"], 1))
}

/// A number of a phase by step: the phase's name, and pairs of a step and the number.
pub type CurvePoints = (String, Vec<(f64, f64)>);

/// Adds a point to the curve of the phase that runs, which is the last one.
fn add(curves: &mut Vec<CurvePoints>, phase: String, steps: u64, value: f64) {
    if curves.last().is_none_or(|curve| curve.0 != phase) {
        curves.push((phase, Vec::new()));
    }
    if let Some(curve) = curves.last_mut() {
        curve.1.push((steps as f64, value));
    }
}
