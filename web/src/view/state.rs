//! The state of the page, and the events that change it.

use super::ask::Question;
use super::derived::Derived;
use super::history;
use crate::address::{Address, FileLink};
use crate::fetch::{self, FetchProgress};
use crate::link::{self, Link};
use crate::protocol::{Answer, Failure, FieldValues, Overview, Reply, Request};
use crate::sample::Sample;
use crate::view::theme::{is_dark, window_width};
use crate::view::training::TrainingState;
use js_sys::{Array, ArrayBuffer, Float32Array, Float64Array, Uint32Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use ssim_core::look::inspect::Chance;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, File};

/// The artifact in the page's own folder.
pub const DEMO: &str = "demo.ssim";

/// The state of the page; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct PageState {
    /// The progress of opening a file.
    pub phase: RwSignal<LoadState>,
    /// The open artifact.
    pub shown: RwSignal<Option<Shown>>,
    /// The last failure, until the reader closes it or opens another file.
    pub failure: RwSignal<Option<Failure>>,
    /// Every choice of the reader; also written to the address bar.
    pub address: RwSignal<Address>,
    /// The values that are computed from the file and the choices.
    pub derived: Derived,
    /// The values of the field that the reader is changing.
    pub values: RwSignal<Option<FieldValues>>,
    /// The predictions for the row that the reader is changing.
    pub answer: RwSignal<Option<Answer>>,
    /// The last answer to a question of a [`Question`], with the number of its request.
    pub told: RwSignal<Option<(u32, Reply)>>,
    /// The training in the page.
    pub training: TrainingState,
    /// Width of the window in CSS pixels.
    pub width: RwSignal<f64>,
    /// Whether the theme is dark.
    pub dark: RwSignal<bool>,
    /// Whether the last failure was one of a training, which is then tried again.
    training_failed: StoredValue<bool>,
    /// The file that was asked for last, to try it again; `None` for the demo.
    source: StoredValue<Option<File>, LocalStorage>,
    /// The file that the worker is opening.
    opening: StoredValue<Option<Opening>, LocalStorage>,
    /// The file that is open. A new worker gets it after a crash.
    open: StoredValue<Option<Opening>, LocalStorage>,
    /// The choices of a link, until the file that they were made for is open.
    awaited: StoredValue<Option<Address>>,
    /// Number of files that were asked for. It tells the last one from earlier ones, which are
    /// ignored when they arrive.
    turn: StoredValue<u32>,
    /// Those who asked once, by the number of their request.
    takers: StoredValue<BTreeMap<u32, Taker>, LocalStorage>,
    link: StoredValue<Option<Link>, LocalStorage>,
}

/// Takes the answer to one question.
type Taker = Box<dyn FnOnce(Reply)>;

/// The progress of opening a file.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadState {
    /// No file is being opened.
    Idle,
    /// The bytes are being fetched or read.
    Loading {
        /// The file's name.
        name: String,
        /// The bytes that have arrived.
        progress: FetchProgress,
    },
    /// The worker reads the file and predicts its sample.
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
    /// The file's length in bytes.
    pub bytes: usize,
    /// Everything about the artifact except its rows.
    pub overview: Arc<Overview>,
    /// The rows of the sample.
    pub sample: Arc<Sample>,
    /// Time that the worker needed, in milliseconds.
    pub milliseconds: f64,
}

/// A file that was sent to the worker.
#[derive(Clone)]
struct Opening {
    name: String,
    bytes: ArrayBuffer,
    /// Whether it comes from the reader's disk, and not from the page's own folder.
    own: bool,
    /// Number of the request that sent it.
    id: u32,
    /// Whether a new worker opens the file again after a crash; then the reader's choices stay.
    again: bool,
}

impl PageState {
    /// Creates a page without an open file, and starts its worker.
    pub fn new() -> Self {
        let shown = RwSignal::new(None);
        let address = RwSignal::new(history::current());
        let rule = Question::new();
        let page = Self {
            phase: RwSignal::new(LoadState::Idle),
            shown,
            failure: RwSignal::new(None),
            address,
            derived: Derived::new(shown, address, rule.answer),
            values: RwSignal::new(None),
            answer: RwSignal::new(None),
            told: RwSignal::new(None),
            training: TrainingState::new(),
            width: RwSignal::new(window_width()),
            dark: RwSignal::new(is_dark()),
            training_failed: StoredValue::new(false),
            source: StoredValue::new_local(None),
            opening: StoredValue::new_local(None),
            open: StoredValue::new_local(None),
            awaited: StoredValue::new(None),
            turn: StoredValue::new(0),
            takers: StoredValue::new_local(BTreeMap::new()),
            link: StoredValue::new_local(None),
        };
        let link = Link::new(link::WORKER, move |id, reply, arrays| page.hear(id, reply, &arrays));
        page.link.set_value(Some(link.clone()));
        link.start();
        let _ = window_event_listener(leptos::ev::resize, move |_| page.width.set(window_width()));
        history::follow(page.address);
        rule.follow(page, move || page.derived.asked.get());
        let on_change = Closure::<dyn FnMut()>::new(move || page.dark.set(is_dark()));
        if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
            query.set_onchange(Some(on_change.as_ref().unchecked_ref()));
        }
        on_change.forget();
        page
    }

    /// Changes the reader's choices.
    pub fn choose(self, change: impl FnOnce(&mut Address)) {
        // Not `update`, whose code would be in the page's program once for every change.
        let mut address = self.address.get_untracked();
        change(&mut address);
        self.address.set(address);
    }

    /// Opens the demo, which lies in the page's own folder.
    pub fn open_demo(self) {
        self.source.set_value(None);
        let turn = self.begin(DEMO);
        spawn_local(async move {
            let bytes = fetch::fetch(DEMO, move |progress| {
                if self.turn.get_value() == turn {
                    self.phase.set(LoadState::Loading { name: DEMO.into(), progress });
                }
            });
            self.have(turn, bytes.await, false);
        });
    }

    /// Opens a file from the reader's disk: an artifact, or a CSV file to train on.
    pub fn open_file(self, file: File) {
        self.failure.set(None);
        if fetch::is_table(&file.name()) {
            self.source.set_value(Some(file.clone()));
            return self.training.take(self, file);
        }
        let name = file.name();
        let turn = self.begin(&name);
        self.source.set_value(Some(file.clone()));
        spawn_local(async move {
            let bytes = fetch::read(&file).await;
            self.have(turn, bytes.map(|bytes| (name, bytes)), true);
        });
    }

    /// Tries the last training again if it failed, or else to open the last file.
    pub fn retry(self) {
        if self.training_failed.get_value() {
            self.failure.set(None);
            return self.training.start_again(self);
        }
        match self.source.get_value() {
            Some(file) => self.open_file(file),
            None => self.open_demo(),
        }
    }

    /// Whether the file that was asked for last is the demo.
    pub fn last_was_demo(self) -> bool {
        self.source.with_value(Option::is_none)
    }

    /// The bytes of the open file.
    pub fn bytes(self) -> Option<ArrayBuffer> {
        self.open.with_value(|open| open.as_ref().map(|open| open.bytes.clone()))
    }

    /// Sends a request to the worker and returns the request's number.
    pub fn send(self, request: Request, bytes: Option<&ArrayBuffer>) -> u32 {
        let link = self.link.get_value();
        link.map_or(0, |link| link.ask(request, bytes))
    }

    /// Asks the worker once, and gives its answer to `take`.
    pub fn once(self, request: Request, take: Taker) {
        let id = self.send(request, None);
        self.takers.update_value(|takers| drop(takers.insert(id, take)));
    }

    /// Announces that a file is asked for, and returns its number.
    fn begin(self, name: &str) -> u32 {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.opening.set_value(None);
        self.failure.set(None);
        self.phase.set(LoadState::Loading { name: name.into(), progress: (0, None) });
        turn
    }

    /// Takes the bytes of a file and sends them to the worker, if no other file was asked for
    /// meanwhile.
    fn have(self, turn: u32, file: Result<(String, ArrayBuffer), Failure>, own: bool) {
        if self.turn.get_value() != turn {
            return;
        }
        match file {
            Ok((name, bytes)) => {
                self.phase.set(LoadState::Computing { name: name.clone() });
                let id = self.send(Request::Open, Some(&bytes));
                self.opening.set_value(Some(Opening { name, bytes, id, own, again: false }));
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// Handles a reply of the worker.
    fn hear(self, id: u32, reply: Reply, arrays: &Array) {
        let expected = self.opening.with_value(|o| o.as_ref().is_some_and(|o| o.id == id));
        if let Some(Some(take)) = self.takers.try_update_value(|takers| takers.remove(&id)) {
            return take(reply);
        }
        match reply {
            Reply::Opened { overview, columns, milliseconds } if expected => {
                let mut sample = sample(columns, arrays);
                sample.weights = overview.weights.clone();
                self.show(*overview, sample, milliseconds);
            }
            Reply::Values(values) => self.values.set(Some(values)),
            Reply::Answer(answer) => self.answer.set(Some(*answer)),
            Reply::Crashed { message } => self.crash(message),
            Reply::Failed(failure) if expected || id == 0 => self.fail(failure),
            // Whoever asked knows the number; a late answer matters to nobody.
            reply => self.told.set(Some((id, reply))),
        }
    }

    /// Shows the artifact that the worker has opened.
    fn show(self, overview: Overview, sample: Sample, milliseconds: f64) {
        let Some(opening) = self.opening.get_value() else {
            return;
        };
        self.opening.set_value(None);
        self.values.set(None);
        self.answer.set(None);
        // Choices such as a row or a ratio belong to one file, so another file starts with the
        // defaults. The first file takes the choices of the link that opened the page.
        let first = self.shown.with_untracked(Option::is_none);
        let file = opening
            .own
            .then(|| FileLink { digest: overview.digest.clone(), name: opening.name.clone() });
        if first {
            let wanted = self.address.get_untracked();
            if wanted.file.as_ref().is_some_and(|wanted| wanted.digest != overview.digest) {
                self.awaited.set_value(Some(wanted));
            }
        }
        let awaited = self.awaited.get_value();
        let route = self.address.with_untracked(|a| a.route);
        match awaited {
            Some(wanted) if wanted.file.as_ref().is_some_and(|f| f.digest == overview.digest) => {
                self.awaited.set_value(None);
                self.failure.set(None);
                self.address.set(Address { file, ..wanted });
            }
            Some(wanted) if first => {
                self.address.set(Address { route, ..Address::default() });
                self.ask_for(&wanted, &opening.name);
            }
            _ if !first && !opening.again => {
                self.address.set(Address { route, file, ..Address::default() });
            }
            _ => {}
        }
        let overview = Arc::new(overview);
        self.shown.set(Some(Shown {
            name: opening.name.clone(),
            bytes: opening.bytes.byte_length() as usize,
            overview: overview.clone(),
            sample: Arc::new(sample),
            milliseconds,
        }));
        self.training.open(opening.bytes.clone(), &overview);
        if first && let Ok(event) = Event::new("ssim-opened") {
            // `index.html` waits for it.
            let _ = window().dispatch_event(&event);
        }
        self.open.set_value(Some(opening));
        self.phase.set(LoadState::Idle);
    }

    /// Asks for the file that the link was made for.
    fn ask_for(self, wanted: &Address, open: &str) {
        let Some(FileLink { digest, name }) = &wanted.file else { return };
        self.fail(Failure {
            what: format!("This link is for {name}, which is not here."),
            todo: format!(
                "Open that file, or drop it on this page; then the link's choices are set. {open} is shown as it is."
            ),
            detail: format!("SHA-256 of the file begins with {digest}"),
        });
    }

    /// Shows the failure of a training.
    pub fn fail_training(self, failure: Failure) {
        self.failure.set(Some(failure));
        self.training_failed.set_value(true);
    }

    /// Shows a failure.
    pub fn fail(self, failure: Failure) {
        self.training_failed.set_value(false);
        self.opening.set_value(None);
        self.phase.set(LoadState::Idle);
        self.failure.set(Some(failure));
    }

    /// Reports that the worker has crashed. A new worker gets the open file, and the views stay as
    /// they are.
    fn crash(self, message: String) {
        self.takers.set_value(BTreeMap::new());
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
        // If the new worker crashes on this file too, `open` is empty and no third one is tried.
        self.open.set_value(None);
        if let (Some(mut opening), false) = (again, while_opening) {
            opening.again = true;
            opening.id = self.send(Request::Open, Some(&opening.bytes));
            self.opening.set_value(Some(opening));
        }
    }
}

/// Creates the sample from the arrays of [`Reply::Opened`].
fn sample(names: Vec<String>, arrays: &Array) -> Sample {
    let rows = Float64Array::new(&arrays.get(0)).to_vec();
    let column = |i: u32| Float32Array::new(&arrays.get(i)).to_vec();
    let chance = Chance { scores: column(1), order: Uint32Array::new(&arrays.get(2)).to_vec() };
    Sample::new(rows, chance, names.into_iter().zip(3..).map(|(name, i)| (name, column(i))))
}
