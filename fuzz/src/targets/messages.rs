//! The messages between the page and its workers.

use super::seed;
use crate::protocol::{
    Answer, Failure, FieldValues, FileForm, MethodsWanted, Picture, Reply, Request, TrainData,
    TrainWanted, decode, encode,
};
use crate::target::Seed;
use serde::{Serialize, de::DeserializeOwned};
use ssim_core::mask::Pool;

/// Reads a message of both kinds and writes it again.
pub fn run(data: &[u8]) {
    travel::<Request>(data);
    travel::<Reply>(data);
}

/// A message that was read is written as bytes that give the same message. Bytes are compared,
/// because NaN differs from itself.
fn travel<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok((id, body)) = decode::<T>(data) else { return };
    let written = encode(id, &body);
    let (again, body) = decode::<T>(&written).expect("a message that was written");
    assert_eq!((again, encode(id, &body)), (id, written));
}

/// Messages of many kinds.
pub fn seeds() -> Vec<Seed> {
    let data = TrainData::Table { name: "a.csv".into(), label: "y".into(), scenario: "s".into() };
    let wanted = TrainWanted {
        data,
        method: "mt".into(),
        ratio: 0.5,
        by: Pool::Scenario,
        epochs: 1,
        seed: 2,
    };
    let methods = MethodsWanted { metric: "auc".into(), ratio: 0.5, picks: [1, 2, 0, 0] };
    let picture = Picture::MethodsFile(methods, FileForm::Latex);
    let requests = [
        ("draw", Request::Picture { picture, width: 640.0, alone: true }),
        ("open", Request::Open),
        ("values", Request::Values { field: 1, text: "x".into() }),
        ("what-if", Request::WhatIf { row: 1, edits: vec![(0, 3)] }),
        ("columns", Request::Columns { name: "a.csv".into() }),
        ("train", Request::Train(wanted)),
    ];
    let values = FieldValues { field: 0, text: "v".into(), values: vec![(1, "v".into())], more: 0 };
    let replies = [
        ("drawn", Reply::Picture("<svg></svg>".into())),
        ("found", Reply::Values(values)),
        ("answer", Reply::Answer(Box::new(Answer { edits: vec![(0, 3)], ..Answer::default() }))),
        ("named", Reply::Columns(vec!["a".into(), "b".into()])),
        ("pace", Reply::Pace { milliseconds: vec![1.0, 2.5] }),
        ("failed", Reply::Failed(Failure { what: "x".into(), ..Failure::default() })),
    ];
    let requests = requests.into_iter().map(|(name, body)| seed(name, encode(7, &body)));
    requests.chain(replies.into_iter().map(|(name, body)| seed(name, encode(7, &body)))).collect()
}
