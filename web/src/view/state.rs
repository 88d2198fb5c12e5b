//! What the page knows, and what can happen to it.

use crate::fetch::{self, Progress};
use crate::link::Link;
use crate::protocol::{Failure, Overview, Reply, Request, RowPage, RowsWanted};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use web_sys::File;

/// The artifact that came with the page.
pub const DEMO: &str = "demo.ssim";
/// Rows of the sample on one page of its table.
pub const ROWS: usize = 20;

/// All that the page knows; a handle that can be copied anywhere.
#[derive(Clone, Copy)]
pub struct Page {
    /// What is being waited for.
    pub phase: RwSignal<Phase>,
    /// What is open.
    pub shown: RwSignal<Option<Shown>>,
    /// What went wrong last.
    pub failure: RwSignal<Option<Failure>>,
    /// Rows of the table.
    pub rows: RwSignal<Option<RowPage>>,
    /// Which rows the reader wants.
    pub wanted: RwSignal<RowsWanted>,
    /// Width of the window in CSS pixels.
    pub width: RwSignal<f64>,
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
        let page = Self {
            phase: RwSignal::new(Phase::Idle),
            shown: RwSignal::new(None),
            failure: RwSignal::new(None),
            rows: RwSignal::new(None),
            wanted: RwSignal::new(RowsWanted { count: ROWS, ..RowsWanted::default() }),
            width: RwSignal::new(window_width()),
            source: StoredValue::new_local(None),
            opening: StoredValue::new_local(None),
            open: StoredValue::new_local(None),
            turn: StoredValue::new(0),
            link: StoredValue::new_local(None),
        };
        let link = Link::new(move |id, reply| page.hear(id, reply));
        page.link.set_value(Some(link.clone()));
        link.start();
        let _ = window_event_listener(leptos::ev::resize, move |_| page.width.set(window_width()));
        page
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

    /// Opens a file of the reader's.
    pub fn open_file(self, file: File) {
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

    /// Asks for other rows.
    pub fn want(self, wanted: RowsWanted) {
        self.wanted.set(wanted.clone());
        self.send(Request::Rows(wanted), None);
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

    fn send(self, request: Request, bytes: Option<&ArrayBuffer>) -> u32 {
        let link = self.link.get_value();
        link.map_or(0, |link| link.send(request, bytes))
    }

    fn hear(self, id: u32, reply: Reply) {
        let expected = self.opening.with_value(|o| o.as_ref().is_some_and(|o| o.id == id));
        match reply {
            Reply::Opened { overview, milliseconds } if expected => {
                self.show(*overview, milliseconds);
            }
            Reply::Failed(failure) if expected || id == 0 => self.fail(failure),
            Reply::Rows(rows) if self.wanted.with_untracked(|w| *w == rows.wanted) => {
                self.rows.set(Some(rows));
            }
            Reply::Crashed { message } => self.crash(message),
            // A late answer: something else was asked for meanwhile.
            _ => {}
        }
    }

    fn show(self, overview: Overview, milliseconds: f64) {
        let Some(opening) = self.opening.get_value() else {
            return;
        };
        self.opening.set_value(None);
        let first = RowsWanted { count: ROWS, ..RowsWanted::default() };
        let wanted = if opening.again { self.wanted.get_untracked() } else { first };
        self.rows.set(None);
        self.shown.set(Some(Shown {
            name: opening.name.clone(),
            bytes: opening.bytes.byte_length() as usize,
            overview: Arc::new(overview),
            milliseconds,
        }));
        self.open.set_value(Some(opening));
        self.phase.set(Phase::Idle);
        self.want(wanted);
    }

    fn fail(self, failure: Failure) {
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

fn window_width() -> f64 {
    document().document_element().map_or(1024.0, |root| f64::from(root.client_width()))
}
