//! What the page knows, and what can happen to it.

use super::derived::Derived;
use super::history;
use crate::address::Address;
use crate::fetch::{self, Progress};
use crate::link::{self, Link};
use crate::protocol::{Answer, Failure, Overview, Quality, Reply, Request, Values};
use crate::sample::Sample;
use crate::view::training::Training;
use js_sys::{Array, ArrayBuffer, Float32Array, Float64Array, Uint32Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use ssim_core::inspect::Chance;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::File;

/// The artifact that came with the page.
pub const DEMO: &str = "demo.ssim";

/// All that the page knows; a handle that can be copied anywhere.
#[derive(Clone, Copy)]
pub struct Page {
    /// What is being waited for.
    pub phase: RwSignal<Phase>,
    /// What is open.
    pub shown: RwSignal<Option<Shown>>,
    /// What went wrong last.
    pub failure: RwSignal<Option<Failure>>,
    /// Every choice of the reader, as the address says it.
    pub address: RwSignal<Address>,
    /// What follows from file and choices.
    pub derived: Derived,
    /// Quality of the models that were asked for.
    pub qualities: RwSignal<BTreeMap<usize, Quality>>,
    /// Values of the field that is being changed.
    pub values: RwSignal<Option<Values>>,
    /// What the networks say about the row that is being changed.
    pub answer: RwSignal<Option<Answer>>,
    /// What is trained here.
    pub training: Training,
    /// Width of the window in CSS pixels.
    pub width: RwSignal<f64>,
    /// Whether the ground is dark.
    pub dark: RwSignal<bool>,
    /// The file asked for last, to try again; `None` is the demo.
    source: StoredValue<Option<File>, LocalStorage>,
    /// The file that is being opened.
    opening: StoredValue<Option<Opening>, LocalStorage>,
    /// The file that is open: what a new worker needs after a crash.
    open: StoredValue<Option<Opening>, LocalStorage>,
    /// How often something was asked for; only the last one counts.
    turn: StoredValue<u32>,
    link: StoredValue<Option<Link>, LocalStorage>,
}

/// What is being waited for.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// Bytes.
    Loading {
        /// The file's name.
        name: String,
        /// How many are here.
        progress: Progress,
    },
    /// The worker.
    Computing {
        /// The file's name.
        name: String,
    },
}

/// An open artifact.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The file's name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: usize,
    /// What the worker says about it.
    pub overview: Arc<Overview>,
    /// Its rows.
    pub sample: Arc<Sample>,
    /// How long the worker took.
    pub milliseconds: f64,
}

#[derive(Clone)]
struct Opening {
    name: String,
    bytes: ArrayBuffer,
    /// Number of the request.
    id: u32,
    /// Whether it goes to a new worker after a crash: the reader stays where they are.
    again: bool,
}

impl Page {
    /// A page with nothing open, and a worker that is starting.
    pub fn new() -> Self {
        let (shown, address) = (RwSignal::new(None), RwSignal::new(history::current()));
        let page = Self {
            phase: RwSignal::new(Phase::Idle),
            shown,
            failure: RwSignal::new(None),
            address,
            derived: Derived::new(shown, address),
            qualities: RwSignal::new(BTreeMap::new()),
            values: RwSignal::new(None),
            answer: RwSignal::new(None),
            training: Training::new(),
            width: RwSignal::new(window_width()),
            dark: RwSignal::new(is_dark()),
            source: StoredValue::new_local(None),
            opening: StoredValue::new_local(None),
            open: StoredValue::new_local(None),
            turn: StoredValue::new(0),
            link: StoredValue::new_local(None),
        };
        let link = Link::new(link::WORKER, move |id, reply, arrays| page.hear(id, reply, &arrays));
        page.link.set_value(Some(link.clone()));
        link.start();
        let _ = window_event_listener(leptos::ev::resize, move |_| page.width.set(window_width()));
        history::follow(page.address);
        let turned = Closure::<dyn FnMut()>::new(move || page.dark.set(is_dark()));
        if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
            query.set_onchange(Some(turned.as_ref().unchecked_ref()));
        }
        turned.forget();
        page
    }

    /// Changes a choice.
    pub fn choose(self, change: impl FnOnce(&mut Address)) {
        self.address.update(change);
    }

    /// Opens the artifact beside the page.
    pub fn open_demo(self) {
        self.source.set_value(None);
        let turn = self.begin(DEMO);
        spawn_local(async move {
            let loading = move |progress| {
                if self.turn.get_value() == turn {
                    self.phase.set(Phase::Loading { name: DEMO.into(), progress });
                }
            };
            let bytes = fetch::fetch(DEMO, loading).await;
            self.have(turn, DEMO.into(), bytes);
        });
    }

    /// Opens a file of the reader's: an artifact, or a CSV to train on.
    pub fn open_file(self, file: File) {
        if file.name().to_lowercase().ends_with(".csv") {
            return self.training.take(self, file);
        }
        let name = file.name();
        let turn = self.begin(&name);
        self.source.set_value(Some(file.clone()));
        spawn_local(async move {
            let bytes = fetch::read(&file).await;
            self.have(turn, name, bytes);
        });
    }

    /// Tries the last file again.
    pub fn retry(self) {
        match self.source.get_value() {
            Some(file) => self.open_file(file),
            None => self.open_demo(),
        }
    }

    /// Whether the last file was the demo.
    pub fn last_was_demo(self) -> bool {
        self.source.with_value(Option::is_none)
    }

    /// Sends a request to the worker.
    pub fn send(self, request: Request, bytes: Option<&ArrayBuffer>) -> u32 {
        let link = self.link.get_value();
        link.map_or(0, |link| link.send(request, bytes))
    }

    fn begin(self, name: &str) -> u32 {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.opening.set_value(None);
        self.failure.set(None);
        self.phase.set(Phase::Loading { name: name.into(), progress: (0, None) });
        turn
    }

    fn have(self, turn: u32, name: String, bytes: Result<ArrayBuffer, Failure>) {
        if self.turn.get_value() != turn {
            return;
        }
        match bytes {
            Ok(bytes) => {
                self.phase.set(Phase::Computing { name: name.clone() });
                let id = self.send(Request::Open, Some(&bytes));
                self.opening.set_value(Some(Opening { name, bytes, id, again: false }));
            }
            Err(failure) => self.fail(failure),
        }
    }

    fn hear(self, id: u32, reply: Reply, arrays: &Array) {
        let expected = self.opening.with_value(|o| o.as_ref().is_some_and(|o| o.id == id));
        match reply {
            Reply::Opened { overview, columns, milliseconds } if expected => {
                let mut sample = sample(columns, arrays);
                sample.weights = overview.weights.clone();
                self.show(*overview, sample, milliseconds);
            }
            Reply::Quality(quality) => {
                self.qualities.update(|known| {
                    known.insert(quality.model, quality);
                });
            }
            Reply::Values(values) => self.values.set(Some(values)),
            Reply::Answer(answer) => self.answer.set(Some(*answer)),
            Reply::Crashed { message } => self.crash(message),
            Reply::Failed(failure) if expected || id == 0 => self.fail(failure),
            // A late answer: something else was asked for meanwhile.
            _ => {}
        }
    }

    fn show(self, overview: Overview, sample: Sample, milliseconds: f64) {
        let Some(opening) = self.opening.get_value() else {
            return;
        };
        self.opening.set_value(None);
        self.qualities.set(BTreeMap::new());
        self.values.set(None);
        self.answer.set(None);
        // What an address says about rows holds for the file it was made with.
        let first = self.shown.with_untracked(Option::is_none);
        if !first && !opening.again {
            let route = self.address.with_untracked(|a| a.route);
            self.address.set(Address { route, ..Address::default() });
        }
        self.shown.set(Some(Shown {
            name: opening.name.clone(),
            bytes: opening.bytes.byte_length() as usize,
            overview: Arc::new(overview),
            sample: Arc::new(sample),
            milliseconds,
        }));
        self.training.open(opening.bytes.clone());
        self.open.set_value(Some(opening));
        self.phase.set(Phase::Idle);
    }

    /// Tells what went wrong.
    pub fn fail(self, failure: Failure) {
        self.opening.set_value(None);
        self.phase.set(Phase::Idle);
        self.failure.set(Some(failure));
    }

    /// The worker is gone. A new one gets the file that was open, and what is drawn stays.
    fn crash(self, message: String) {
        let while_opening = self.opening.with_value(Option::is_some);
        self.fail(Failure {
            what: "The worker that computes has stopped.".into(),
            todo: match while_opening {
                true => "Try again, or open another file.".into(),
                false => "It was started again. If this returns, please report the details.".into(),
            },
            detail: message,
        });
        let again = self.open.get_value();
        // Should the new worker crash on this too, it is not tried for ever.
        self.open.set_value(None);
        if let (Some(mut opening), false) = (again, while_opening) {
            opening.again = true;
            opening.id = self.send(Request::Open, Some(&opening.bytes));
            self.opening.set_value(Some(opening));
        }
    }
}

/// The rows' numbers in the log, what is random about lists, then the columns: an array each.
fn sample(names: Vec<String>, arrays: &Array) -> Sample {
    let rows = Float64Array::new(&arrays.get(0)).to_vec();
    let column = |i: u32| Float32Array::new(&arrays.get(i)).to_vec();
    let chance = Chance { scores: column(1), order: Uint32Array::new(&arrays.get(2)).to_vec() };
    Sample::new(rows, chance, names.into_iter().zip(3..).map(|(name, i)| (name, column(i))))
}

fn window_width() -> f64 {
    document().document_element().map_or(1024.0, |root| f64::from(root.client_width()))
}

/// Whether the ground is dark now: by choice, or as the system says.
pub fn is_dark() -> bool {
    let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    let system = || window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => system().is_some_and(|query| query.matches()),
    }
}
