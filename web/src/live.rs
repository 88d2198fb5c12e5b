//! The worker that draws a live view in somebody's document. It receives an artifact's bytes and
//! states of the view, and replies with pictures. It works without the page; `static/view.js` sends
//! the messages.

use crate::diagnose::diagnose;
use crate::host::{bytes, scope};
use crate::protocol::Failure;
use js_sys::Array;
use serde_json::{Value, json};
use ssim_core::artifact::Artifact;
use ssim_figure::{Figures, State};
use ssim_viz::{Look, Theme};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

/// Listens to the frame's script. Must be called once, in a worker.
///
/// A message is `[number, bytes]` to open an artifact, or `[number, state, width, theme]` for a
/// picture of it; the answer is `[number, text]`, whose text is the JSON of a picture or of a
/// failure.
pub fn run() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        post(&JsValue::from(0), &failed("The program that draws has stopped.", &info.to_string()));
    }));
    let mut figures = None;
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let parts: Array = event.data().unchecked_into();
        let answer = match parts.get(1).as_string() {
            None => open(&mut figures, &bytes(&parts.get(1))),
            Some(state) => match &figures {
                Some(figures) => {
                    let theme = parts.get(3).as_string().unwrap_or_default();
                    draw(figures, &state, parts.get(2).as_f64(), &theme)
                }
                None => failed("Nothing is open.", "a picture was asked for before a file"),
            },
        };
        post(&parts.get(0), &answer);
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    // This tells the script that the worker listens from now on.
    post(&JsValue::from(0), &json!({ "ready": true }));
}

fn open(figures: &mut Option<Figures>, bytes: &[u8]) -> Value {
    match Artifact::from_bytes(bytes).and_then(Figures::new) {
        Ok(opened) => {
            *figures = Some(opened);
            json!({ "opened": true })
        }
        Err(error) => {
            let Failure { what, todo, detail } = diagnose(bytes, &error);
            json!({ "failure": what, "todo": todo, "detail": detail })
        }
    }
}

fn draw(figures: &Figures, state: &str, width: Option<f64>, theme: &str) -> Value {
    let theme = if theme == "dark" { Theme::Dark } else { Theme::Light };
    let width =
        width.filter(|w| w.is_finite()).unwrap_or(Look::default().width).clamp(240.0, 4000.0);
    let look = Look { width, theme };
    let state = match State::parse(state) {
        Ok(state) => state,
        Err(error) => return failed("This address makes no sense.", &error),
    };
    match figures.draw(&state, &look) {
        Ok(figure) => json!({
            "title": figure.title,
            "svg": figure.svg,
            "controls": figures.controls(&state),
        }),
        Err(error) => failed("This picture cannot be drawn.", &error.to_string()),
    }
}

fn failed(what: &str, detail: &str) -> Value {
    json!({ "failure": what, "todo": "", "detail": detail })
}

fn post(number: &JsValue, answer: &Value) {
    let parts = Array::of2(number, &JsValue::from_str(&answer.to_string()));
    // Sending fails only for values that cannot be copied, and text can be.
    let _ = scope().post_message(&parts);
}
