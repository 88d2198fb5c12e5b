//! Functions that both workers use to receive requests and to send replies.

use crate::protocol::{Failure, Reply, Request, decode, encode};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Calls `hear` for every request from the page, with its number and the arrays of its message.
/// Must be called once, in a worker.
pub fn listen(hear: impl Fn(u32, Request, &Array) + 'static) {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        post(0, Reply::Crashed { message: info.to_string() });
    }));
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let parts: Array = event.data().unchecked_into();
        match decode(&bytes(&parts.get(0))) {
            Ok((id, request)) => hear(id, request, &parts),
            Err(error) => post(0, confused(&error)),
        }
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    post(0, Reply::Ready);
}

/// The bytes of one array of a message; empty where the message has no such array.
pub fn bytes(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<ArrayBuffer>().map(|b| Uint8Array::new(b).to_vec()).unwrap_or_default()
}

/// The reply to a message that the worker cannot understand.
pub fn confused(detail: &str) -> Reply {
    Reply::Failed(Failure {
        what: "The page and its worker do not understand each other.".into(),
        todo: "Reload the page without its cache.".into(),
        detail: detail.into(),
    })
}

/// Sends a reply without arrays.
pub fn post(id: u32, body: Reply) {
    send(id, body, &Array::new());
}

/// Sends a reply. Its arrays are transferred to the page, not copied.
pub fn send(id: u32, body: Reply, arrays: &Array) {
    let message = Uint8Array::from(&encode(id, &body)[..]).buffer();
    let parts = Array::of1(&message).concat(arrays);
    // Sending fails only for values that cannot be transferred, and buffers can be.
    let _ = scope().post_message_with_transfer(&parts, &parts);
}

/// The global object of this worker.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker started; 0 where the browser has no clock for workers.
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
