//! The worker that answers the page: it passes every request to the [`Engine`] and replies.

use crate::engine::Engine;
use crate::host::{bytes, confused, listen, now, post, send};
use crate::protocol::{Reply, Request};
use js_sys::{Float32Array, Float64Array, Uint32Array};
use ssim_viz::{Look, Theme};
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// Listens to the page. Must be called once, in a worker.
pub fn run() {
    let engine = RefCell::new(None);
    listen(move |id, request, parts| {
        let mut engine = engine.borrow_mut();
        match request {
            Request::Open => open(&mut engine, id, &parts.get(1)),
            request => post(id, answer(engine.as_ref(), request)),
        }
    });
}

/// Answers a request about the open artifact.
fn answer(engine: Option<&Engine>, request: Request) -> Reply {
    let Some(engine) = engine else {
        return confused("something was asked for before a file was opened");
    };
    let start = now();
    match request {
        Request::Picture { picture, width, alone } => {
            let theme = if alone { Theme::Auto } else { Theme::Inherit };
            Reply::Picture(engine.picture(picture, &Look { width, theme }))
        }
        Request::Values { field, text } => Reply::Values(engine.values(field, &text)),
        Request::WhatIf { row, edits } => match engine.what_if(row, &edits) {
            Ok(mut answer) => {
                answer.milliseconds = now() - start;
                Reply::Answer(Box::new(answer))
            }
            Err(error) => confused(&error.to_string()),
        },
        Request::Draw(wanted) => match engine.draw(&wanted) {
            Some(html) => Reply::Drawn { detail: wanted.detail, html },
            None => confused("the rows of another file were asked for"),
        },
        Request::Match { rule, shared } => Reply::Matched(engine.matched(rule, &shared)),
        Request::Pace { rows, turns } => pace(engine, rows, turns),
        other => confused(&format!("{other:?} has no answer")),
    }
}

/// Measures how long predictions take, for a benchmark.
fn pace(engine: &Engine, rows: usize, turns: usize) -> Reply {
    let mut milliseconds = Vec::new();
    for _ in 0..turns.min(10_000) {
        let start = now();
        if let Err(error) = engine.predict(rows) {
            return confused(&error.to_string());
        }
        milliseconds.push(now() - start);
    }
    Reply::Pace { milliseconds }
}

/// Opens an artifact. If it cannot be read, the artifact that was open before stays open.
fn open(engine: &mut Option<Engine>, id: u32, buffer: &JsValue) {
    let start = now();
    match Engine::open(&bytes(buffer)) {
        Ok(opened) => {
            let engine = engine.insert(opened);
            let sample = engine.rows();
            let names = sample.names().map(str::to_owned).collect();
            let columns = sample.columns().iter();
            let columns = columns.map(|c| Float32Array::from(&c.1[..]).buffer());
            let arrays = [
                Float64Array::from(&sample.rows[..]).buffer(),
                Float32Array::from(&sample.chance.scores[..]).buffer(),
                Uint32Array::from(&sample.chance.order[..]).buffer(),
            ];
            let arrays = arrays.into_iter().chain(columns);
            let overview = Box::new(engine.overview().clone());
            let reply = Reply::Opened { overview, columns: names, milliseconds: now() - start };
            send(id, reply, &arrays.collect());
        }
        Err(failure) => post(id, Reply::Failed(failure)),
    }
}
