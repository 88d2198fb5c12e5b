//! The worker's end of the line: messages in, the [`Engine`]'s answers out.

use crate::engine::Engine;
use crate::protocol::{Failure, Message, Reply, Request, VERSION};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Listens to the page. To be called once, in a worker.
pub fn run() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        post(0, Reply::Crashed { message: info.to_string() });
    }));
    let engine = RefCell::new(None);
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let (id, reply) = answer(&mut engine.borrow_mut(), &event.data());
        post(id, reply);
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    post(0, Reply::Ready);
}

fn answer(engine: &mut Option<Engine>, data: &JsValue) -> (u32, Reply) {
    let parts: Array = data.clone().unchecked_into();
    let text = parts.get(0).as_string().unwrap_or_default();
    let message: Message<Request> = match serde_json::from_str(&text) {
        Ok(message) => message,
        Err(error) => return (0, confused(&error.to_string())),
    };
    let reply = match message.body {
        Request::Open => open(engine, &parts.get(1)),
        Request::Rows(wanted) => match engine {
            Some(engine) => Reply::Rows(engine.rows(&wanted)),
            None => confused("rows were asked for before a file was opened"),
        },
    };
    (message.id, reply)
}

/// Reads a file; the one before it stays where this one cannot be read.
fn open(engine: &mut Option<Engine>, buffer: &JsValue) -> Reply {
    let start = now();
    let Some(buffer) = buffer.dyn_ref::<ArrayBuffer>() else {
        return confused("a file was to be opened, but no bytes came");
    };
    match Engine::open(&Uint8Array::new(buffer).to_vec()) {
        Ok(opened) => {
            let overview = Box::new(engine.insert(opened).overview().clone());
            Reply::Opened { overview, milliseconds: now() - start }
        }
        Err(failure) => Reply::Failed(failure),
    }
}

fn confused(detail: &str) -> Reply {
    Reply::Failed(Failure {
        what: "The page and its worker do not understand each other.".into(),
        todo: "Reload the page without its cache.".into(),
        detail: detail.into(),
    })
}

fn post(id: u32, body: Reply) {
    let message = Message { version: VERSION, id, body };
    if let Ok(text) = serde_json::to_string(&message) {
        // It fails only for values that cannot be copied, and text can.
        let _ = scope().post_message(&JsValue::from_str(&text));
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
