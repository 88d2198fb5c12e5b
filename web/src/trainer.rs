//! The second worker. The page fetches it when a reader trains a model, because training needs most of
//! candle.

use crate::engine::Engine;
use crate::host::{bytes, confused, listen, now, post};
use crate::protocol::{Reply, Request};
use crate::train::{self, TrainControl};
use std::cell::RefCell;

/// The state that the worker keeps between messages.
#[derive(Default)]
struct TrainerState {
    engine: Option<Engine>,
    /// The training that runs.
    training: Option<TrainControl>,
}

impl TrainerState {
    /// Ends the training that runs, and gives the control of another.
    fn begin(&mut self) -> TrainControl {
        let control = TrainControl::default();
        if let Some(old) = self.training.replace(control.clone()) {
            old.stop();
        }
        control
    }
}

/// Listens to the page. A worker calls it once.
pub fn run() {
    let state = RefCell::new(TrainerState::default());
    listen(move |id, request, parts| {
        let mut held = state.borrow_mut();
        match request {
            // The sample of the file may be trained on. The other worker reports what is wrong with it.
            Request::Open => held.engine = Engine::open(&bytes(&parts.get(1))).ok(),
            Request::Columns { name } => {
                let columns = train::columns(&bytes(&parts.get(1)), &name);
                post(id, columns.map_or_else(Reply::Failed, Reply::Columns));
            }
            Request::Train(wanted) => {
                let control = held.begin();
                match train::prepare(held.engine.as_ref(), &wanted, &bytes(&parts.get(1))) {
                    Err(failure) => post(id, Reply::Failed(failure)),
                    Ok(job) => wasm_bindgen_futures::spawn_local(async move {
                        let reply = train::run(job, &control, &now, |reply| post(id, reply)).await;
                        post(id, reply.unwrap_or_else(Reply::Failed));
                    }),
                }
            }
            Request::Try(trial) => {
                let control = held.begin();
                match train::trial::prepare(held.engine.as_ref(), trial) {
                    Err(failure) => post(id, Reply::Failed(failure)),
                    Ok(test) => wasm_bindgen_futures::spawn_local(async move {
                        let send = |reply| post(id, reply);
                        let reply = train::trial::run(test, &control, &now, send).await;
                        post(id, reply.unwrap_or_else(Reply::Failed));
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
