//! The training in the page: its settings, its progress and its results.

use super::state::PageState;
use crate::fetch;
use crate::link::{self, Link};
use crate::protocol::{Failure, Overview, Reply, Request, TrainData, TrainWanted, Trained};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use ssim_core::mask::Pool;
use ssim_core::method::Method;
use ssim_viz::CurveLine;
use web_sys::File;

/// The state of the training; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct TrainingState {
    /// The settings of the next training.
    pub wanted: RwSignal<TrainWanted>,
    /// The reader's CSV file: its name, and the names of its columns.
    pub table: RwSignal<Option<(String, Vec<String>)>>,
    /// The progress.
    pub going: RwSignal<Going>,
    /// The loss by step, a curve per phase.
    pub loss: RwSignal<Vec<CurveLine>>,
    /// The validation AUC by step, a curve per phase.
    pub val: RwSignal<Vec<CurveLine>>,
    /// The trained models, the newest last.
    pub results: RwSignal<Vec<Trained>>,
    /// From the last training, for an estimate: number of training rows, and milliseconds of
    /// learning per step.
    pub pace: RwSignal<Option<(usize, f64)>>,
    /// The bytes of the reader's CSV file.
    bytes: StoredValue<Option<ArrayBuffer>, LocalStorage>,
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
            going: RwSignal::new(Going::Idle),
            loss: RwSignal::new(Vec::new()),
            val: RwSignal::new(Vec::new()),
            results: RwSignal::new(Vec::new()),
            pace: RwSignal::new(None),
            bytes: StoredValue::new_local(None),
            file: StoredValue::new_local(None),
            id: StoredValue::new(0),
            link: StoredValue::new_local(None),
        }
    }

    /// Whether a training is running or paused.
    pub fn busy(self) -> bool {
        matches!(self.going.get(), Going::Preparing | Going::Running { .. })
    }

    /// Starts a training with the current settings.
    pub fn start(self, page: PageState) {
        self.loss.set(Vec::new());
        self.val.set(Vec::new());
        self.going.set(Going::Preparing);
        let wanted = self.wanted.get_untracked();
        let bytes =
            self.bytes.get_value().filter(|_| matches!(wanted.data, TrainData::Table { .. }));
        let link = self.link(page);
        if let Some((file, false)) = self.file.get_value() {
            link.send(Request::Open, Some(&file));
            self.file.set_value(Some((file, true)));
        }
        self.id.set_value(link.send(Request::Train(wanted), bytes.as_ref()));
    }

    /// Takes note that another artifact is open. Trainings start with its ratio and
    /// its pool.
    pub fn open(self, file: ArrayBuffer, overview: &Overview) {
        self.file.set_value(Some((file, false)));
        self.wanted.update(|w| (w.ratio, w.by) = (overview.ratio, overview.by.unwrap_or_default()));
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
        self.link(page).send(Request::Pause { hold }, None);
        self.going.update(|going| {
            if let Going::Running { paused, .. } = going {
                *paused = hold;
            }
        });
    }

    /// Stops the training and discards it.
    pub fn stop(self, page: PageState) {
        self.link(page).send(Request::Stop, None);
    }

    /// Reads the reader's CSV file, offers its columns as label and scenario, and opens the page
    /// that trains.
    pub fn take(self, page: PageState, file: File) {
        let name = file.name();
        spawn_local(async move {
            match fetch::read(&file).await {
                Ok(bytes) => {
                    let head = js_sys::Uint8Array::new(&bytes).subarray(0, 65_536).to_vec();
                    let columns = columns(&String::from_utf8_lossy(&head));
                    if columns.len() < 3 {
                        return page.fail(Failure {
                            what: format!("{name} has no header with at least three columns."),
                            todo: "Drop a comma-separated file whose first line names a label, a scenario and fields."
                                .into(),
                            detail: format!("first line: {columns:?}"),
                        });
                    }
                    // A column with a usual name is preferred to the column at a position.
                    let pick = |names: &[&str], otherwise: usize| {
                        let found =
                            columns.iter().find(|c| names.contains(&c.to_lowercase().as_str()));
                        found.unwrap_or(&columns[otherwise]).clone()
                    };
                    let label = pick(&["click", "label", "clicked", "y"], 0);
                    let scenario = pick(&["scenario", "domain", "tab", "position"], 1);
                    self.bytes.set_value(Some(bytes));
                    self.table.set(Some((name.clone(), columns)));
                    self.wanted.update(|w| w.data = TrainData::Table { name, label, scenario });
                    page.choose(|a| a.route = crate::address::Route::Train);
                }
                Err(failure) => page.fail(failure),
            }
        });
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
            return page.fail_training(Failure {
                what: "The worker that trains has stopped.".into(),
                todo: "Start again, with fewer rows if it ran out of memory.".into(),
                detail: message,
            });
        }
        if id != self.id.get_value() {
            return;
        }
        match reply {
            Reply::Began { steps, .. } => self.going.set(Going::Running {
                phase: "begins".into(),
                steps: 0,
                of: steps,
                milliseconds: 0.0,
                mask: None,
                paused: false,
            }),
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
            Reply::Stopped => self.going.set(Going::Stopped),
            Reply::Failed(failure) => {
                self.going.set(Going::Idle);
                page.fail_training(failure);
            }
            _ => {}
        }
    }
}

/// The column names in the first line of a CSV file.
fn columns(text: &str) -> Vec<String> {
    let mut lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let columns = line.split(',').map(|c| c.trim().trim_matches('"').to_owned());
    columns.filter(|c| !c.is_empty()).collect()
}

/// Adds a point to the curve of the phase that runs, which is the last one.
fn add(curves: &mut Vec<CurveLine>, phase: String, steps: u64, value: f64) {
    if curves.last().is_none_or(|curve| curve.name != phase) {
        curves.push(CurveLine { name: phase, points: Vec::new() });
    }
    if let Some(curve) = curves.last_mut() {
        curve.points.push((steps as f64, value));
    }
}
