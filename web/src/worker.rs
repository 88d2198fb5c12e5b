//! The worker's end of the line: messages in, the [`Engine`]'s answers out, and training in between.

use crate::engine::Engine;
use crate::protocol::{Failure, Message, Reply, Request, VERSION};
use crate::train::{self, Control};
use js_sys::{Array, ArrayBuffer, Float32Array, Float64Array, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What the worker holds between messages.
#[derive(Default)]
struct Desk {
    engine: Option<Engine>,
    /// The training that runs.
    training: Option<Control>,
}

/// Listens to the page. To be called once, in a worker.
pub fn run() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        post(0, Reply::Crashed { message: info.to_string() });
    }));
    let desk = Rc::new(RefCell::new(Desk::default()));
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        hear(&desk, &event.data());
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    post(0, Reply::Ready);
}

fn hear(desk: &Rc<RefCell<Desk>>, data: &JsValue) {
    let parts: Array = data.clone().unchecked_into();
    let text = parts.get(0).as_string().unwrap_or_default();
    let message: Message<Request> = match serde_json::from_str(&text) {
        Ok(message) => message,
        Err(error) => return post(0, confused(&error.to_string())),
    };
    let id = message.id;
    let mut held = desk.borrow_mut();
    match message.body {
        Request::Open => open(&mut held.engine, id, &parts.get(1)),
        Request::Train(wanted) => {
            let control = Control::default();
            if let Some(old) = held.training.replace(control.clone()) {
                old.stop();
            }
            let job = match train::prepare(held.engine.as_ref(), &wanted, &bytes(&parts.get(1))) {
                Ok(job) => job,
                Err(failure) => return post(id, Reply::Failed(failure)),
            };
            wasm_bindgen_futures::spawn_local(async move {
                let told = train::run(job, &control, &now, |reply| post(id, reply)).await;
                post(id, told.unwrap_or_else(Reply::Failed));
            });
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
        request => post(id, answer(held.engine.as_ref(), request)),
    }
}

/// Answers that the open artifact gives at once.
fn answer(engine: Option<&Engine>, request: Request) -> Reply {
    let Some(engine) = engine else {
        return confused("something was asked for before a file was opened");
    };
    let start = now();
    match request {
        Request::Quality { model } => match engine.quality(model) {
            Some(quality) => Reply::Quality(quality),
            None => confused(&format!("model {model} was asked for, which is not in the file")),
        },
        Request::Values { field, text } => Reply::Values(engine.values(field, &text)),
        Request::WhatIf { row, edits } => match engine.what_if(row, &edits) {
            Ok(mut answer) => {
                answer.milliseconds = now() - start;
                Reply::Answer(Box::new(answer))
            }
            Err(error) => confused(&error.to_string()),
        },
        Request::Pace { rows, turns } => pace(engine, rows, turns),
        other => confused(&format!("{other:?} has no answer")),
    }
}

/// Times predictions: what a benchmark compares.
fn pace(engine: &Engine, rows: usize, turns: usize) -> Reply {
    let turn = |_| {
        let start = now();
        engine.predict(rows).map(|_| now() - start)
    };
    match (0..turns.min(10_000)).map(turn).collect() {
        Ok(milliseconds) => Reply::Pace { milliseconds },
        Err(error) => confused(&error.to_string()),
    }
}

/// Reads a file; the one before it stays where this one cannot be read.
fn open(engine: &mut Option<Engine>, id: u32, buffer: &JsValue) {
    let start = now();
    match Engine::open(&bytes(buffer)) {
        Ok(opened) => {
            let engine = engine.insert(opened);
            let rows: Vec<f64> =
                engine.inspection().sample.rows.iter().map(|r| *r as f64).collect();
            let names = engine.columns().iter().map(|c| c.0.clone()).collect();
            let columns = engine.columns().iter().map(|c| Float32Array::from(&c.1[..]).buffer());
            let arrays = [Float64Array::from(&rows[..]).buffer()].into_iter().chain(columns);
            let overview = Box::new(engine.overview().clone());
            let reply = Reply::Opened { overview, columns: names, milliseconds: now() - start };
            send(id, reply, &arrays.collect());
        }
        Err(failure) => post(id, Reply::Failed(failure)),
    }
}

fn bytes(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<ArrayBuffer>().map(|b| Uint8Array::new(b).to_vec()).unwrap_or_default()
}

fn confused(detail: &str) -> Reply {
    Reply::Failed(Failure {
        what: "The page and its worker do not understand each other.".into(),
        todo: "Reload the page without its cache.".into(),
        detail: detail.into(),
    })
}

fn post(id: u32, body: Reply) {
    send(id, body, &Array::new());
}

/// Sends a message; its arrays change hands and are not copied.
fn send(id: u32, body: Reply, arrays: &Array) {
    let crashed = |e: serde_json::Error| {
        // Every reply has a text, which a test checks; silence would leave the page waiting.
        let body = Reply::Crashed { message: format!("a reply has no text: {e}") };
        serde_json::to_string(&Message { version: VERSION, id: 0, body })
    };
    let text = serde_json::to_string(&Message { version: VERSION, id, body }).or_else(crashed);
    if let Ok(text) = text {
        let parts = Array::of1(&JsValue::from_str(&text)).concat(arrays);
        // It fails only for values that cannot be copied, and text and buffers can.
        let _ = scope().post_message_with_transfer(&parts, arrays);
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
