//! The second worker, fetched when somebody trains: it can learn, which takes most of candle.

use crate::engine::Engine;
use crate::host::{bytes, confused, listen, now, post};
use crate::protocol::{Reply, Request};
use crate::train::{self, Control};
use std::cell::RefCell;

/// What the worker holds between messages.
#[derive(Default)]
struct Desk {
    engine: Option<Engine>,
    /// The training that runs.
    training: Option<Control>,
}

/// Listens to the page. To be called once, in a worker.
pub fn run() {
    let desk = RefCell::new(Desk::default());
    listen(move |id, request, parts| {
        let mut held = desk.borrow_mut();
        match request {
            // The file whose sample may be trained on; the other worker has told what is wrong with it.
            Request::Open => held.engine = Engine::open(&bytes(&parts.get(1))).ok(),
            Request::Train(wanted) => {
                let control = Control::default();
                if let Some(old) = held.training.replace(control.clone()) {
                    old.stop();
                }
                match train::prepare(held.engine.as_ref(), &wanted, &bytes(&parts.get(1))) {
                    Err(failure) => post(id, Reply::Failed(failure)),
                    Ok(job) => wasm_bindgen_futures::spawn_local(async move {
                        let told = train::run(job, &control, &now, |reply| post(id, reply)).await;
                        post(id, told.unwrap_or_else(Reply::Failed));
                    }),
                }
            }
            Request::Pause { hold } => {
                if let Some(training) = &held.training {
                    training.pause(hold);
                }
            }
            Request::Stop => {
                if let Some(training) = held.training.take() {
                    training.stop();
                }
            }
            other => post(id, confused(&format!("{other:?} is for the other worker"))),
        }
    });
}
