//! What both workers have in common: messages in, replies out.

use crate::protocol::{Failure, Message, Reply, Request, VERSION};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Begins to listen to the page. To be called once, in a worker.
pub fn listen(hear: impl Fn(Message<Request>, &Array) + 'static) {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        post(0, Reply::Crashed { message: info.to_string() });
    }));
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let parts: Array = event.data().unchecked_into();
        let text = parts.get(0).as_string().unwrap_or_default();
        match serde_json::from_str::<Message<Request>>(&text) {
            Ok(message) => hear(message, &parts),
            Err(error) => post(0, confused(&error.to_string())),
        }
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    post(0, Reply::Ready);
}

/// What came beside a message; nothing where nothing came.
pub fn bytes(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<ArrayBuffer>().map(|b| Uint8Array::new(b).to_vec()).unwrap_or_default()
}

/// The answer to what cannot be understood.
pub fn confused(detail: &str) -> Reply {
    Reply::Failed(Failure {
        what: "The page and its worker do not understand each other.".into(),
        todo: "Reload the page without its cache.".into(),
        detail: detail.into(),
    })
}

/// Sends a message.
pub fn post(id: u32, body: Reply) {
    send(id, body, &Array::new());
}

/// Sends a message; its arrays change hands and are not copied.
pub fn send(id: u32, body: Reply, arrays: &Array) {
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

/// The worker itself.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker began.
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
