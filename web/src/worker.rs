//! The worker that answers the page: it passes every request to the [`Engine`] and replies.

use crate::engine::Engine;
use crate::host::{bytes, confused, listen, now, post, send};
use crate::protocol::{Reply, Request};
use js_sys::{Float32Array, Float64Array, Uint32Array};
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
            let seen = engine.inspection();
            let rows: Vec<f64> = seen.sample.rows.iter().map(|r| *r as f64).collect();
            let chance = &seen.chance;
            let names = engine.columns().iter().map(|c| c.0.clone()).collect();
            let columns = engine.columns().iter().map(|c| Float32Array::from(&c.1[..]).buffer());
            let arrays = [
                Float64Array::from(&rows[..]).buffer(),
                Float32Array::from(&chance.scores[..]).buffer(),
                Uint32Array::from(&chance.order[..]).buffer(),
            ];
            let arrays = arrays.into_iter().chain(columns);
            let overview = Box::new(engine.overview().clone());
            let reply = Reply::Opened { overview, columns: names, milliseconds: now() - start };
            send(id, reply, &arrays.collect());
        }
        Err(failure) => post(id, Reply::Failed(failure)),
    }
}
