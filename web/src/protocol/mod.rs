//! The messages between the page and its workers. A message is encoded with postcard; a file's
//! bytes or columns of numbers are sent beside it as separate arrays.
//!
//! Postcard does not send the names of fields, which keeps the page's program small. Therefore the
//! order of variants and fields is the format, and [`VERSION`] keeps two builds from misreading
//! each other.

mod answers;
mod drawn;
mod message;
mod overview;
mod picture;
mod training;

pub use answers::{Answer, FieldEffect, FieldValues, Said};
pub use drawn::{DrawWanted, Drawing, MatchedRows};
pub use message::{VERSION, decode, encode};
pub use overview::{Check, FieldLine, Overview, StepLine};
pub use picture::{FileForm, MethodsWanted, ModelWanted, Picture, StoryPicture};
use serde::{Deserialize, Serialize};
pub use training::{TrainData, TrainWanted, Trained, Trial};

/// A message from the page to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the artifact whose bytes are sent beside this message. Answer: [`Reply::Opened`].
    Open,
    /// Make a picture or a table. Answer: [`Reply::Picture`].
    Picture {
        /// The picture or the table.
        picture: Picture,
        /// The width of a picture in CSS pixels.
        width: f64,
        /// Whether a picture stands alone, with its own style sheet.
        alone: bool,
    },
    /// Find the values of a field that contain a text. Answer: [`Reply::Values`].
    Values {
        /// The field's index.
        field: usize,
        /// The text that the reader typed.
        text: String,
    },
    /// Predict a row of the sample with some fields changed. Answer: [`Reply::Answer`].
    WhatIf {
        /// The row's index in the sample.
        row: u32,
        /// The changes: a field's index, and the new id within the field.
        edits: Vec<(usize, u32)>,
    },
    /// Draw a view. Answer: [`Reply::Drawn`].
    Draw(DrawWanted),
    /// Find the rows that match a rule which reads fields. Answer: [`Reply::Matched`].
    Match {
        /// The rule, as a text.
        rule: String,
        /// Whether each row is shared, `[n]`; empty where the rule does not ask.
        shared: Vec<bool>,
    },
    /// Measure how long predictions by all towers take. Answer: [`Reply::Pace`].
    Pace {
        /// Number of rows that are predicted at once.
        rows: usize,
        /// Number of repetitions.
        turns: usize,
    },
    /// Read the names of the columns of the table whose bytes are sent beside this message. Answer:
    /// [`Reply::Columns`].
    Columns {
        /// The file's name, for messages.
        name: String,
    },
    /// Train a model. Answers: [`Reply::Began`], [`Reply::Step`], [`Reply::Epoch`], and at the end
    /// [`Reply::Trained`].
    Train(TrainWanted),
    /// Test a selection. Answers: [`Reply::Began`], [`Reply::Step`], [`Reply::Epoch`], and at the end
    /// [`Reply::Drawn`].
    Try(Trial),
    /// Pause the training, or continue it.
    Pause {
        /// `true` to pause, `false` to continue.
        hold: bool,
    },
    /// Stop the training and discard it. Answer: [`Reply::Stopped`].
    Stop,
}

/// A message from a worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has begun to listen; messages sent before this one are lost.
    Ready,
    /// An artifact was read, its sample was predicted, and the predictions were compared with those
    /// in the file. These arrays are sent beside the message, in this order: the rows' numbers in
    /// the log (f64), the scores of a random list (f32), the order in which batches are cut (u32),
    /// and every column (f32).
    Opened {
        /// Everything about the artifact except its rows.
        overview: Box<Overview>,
        /// Names of the columns.
        columns: Vec<String>,
        /// Time that the worker needed, in milliseconds.
        milliseconds: f64,
    },
    /// A picture or a table. It is empty where the file has no numbers for it.
    Picture(String),
    /// The values of a field that were searched for.
    Values(FieldValues),
    /// The predictions for a changed row.
    Answer(Box<Answer>),
    /// A view.
    Drawn {
        /// The details that were asked for.
        detail: String,
        /// The view, as HTML.
        html: String,
    },
    /// The rows that match a rule.
    Matched(MatchedRows),
    /// Duration of the repetitions of [`Request::Pace`], in milliseconds.
    Pace {
        /// One number per repetition.
        milliseconds: Vec<f64>,
    },
    /// The columns of a table.
    Columns(Vec<String>),
    /// The training has begun.
    Began {
        /// Description of the rows, for the reader.
        data: String,
        /// Number of training rows.
        train: usize,
        /// Number of validation rows, and of test rows.
        held: [usize; 2],
        /// Number of steps of all phases together.
        steps: u64,
    },
    /// The training has taken some steps since the last message.
    Step {
        /// "teach", "distil", "search", "start", "retrain" or "retrain-k".
        phase: String,
        /// Number of steps so far, over all phases.
        steps: u64,
        /// Loss of the last batch.
        loss: f64,
        /// Temperature of the search mask; `None` in other phases.
        temperature: Option<f64>,
        /// Part of the last batch's rows that trained every tower, 0 to 1.
        shared: f64,
        /// Time spent learning so far, without pauses, in milliseconds.
        milliseconds: f64,
    },
    /// An epoch ended.
    Epoch {
        /// "teach", "distil", "search", "start", "retrain" or "retrain-k".
        phase: String,
        /// The epoch's number, from 1; 0 where weights are judged that a phase starts from.
        epoch: u64,
        /// Number of steps so far, over all phases.
        steps: u64,
        /// AUC on the validation rows, where the phase measures it.
        val: Option<f64>,
    },
    /// The training has ended with a model.
    Trained(Box<Trained>),
    /// The training was stopped and discarded.
    Stopped,
    /// The request failed; the worker keeps running with the artifact it had before.
    Failed(Failure),
    /// The worker has panicked and answers no more.
    Crashed {
        /// The panic's message.
        message: String,
    },
}

impl Reply {
    /// Whether no other reply to the same request follows.
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Ready | Self::Began { .. } | Self::Step { .. } | Self::Epoch { .. })
    }
}

/// A failure, described for the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The failure in one sentence.
    pub what: String,
    /// The advice: how the reader can solve the problem.
    pub todo: String,
    /// The exact error message, for a bug report.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::mask::Pool;

    fn travels<T>(body: T)
    where
        T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(decode(&encode(7, &body)), Ok((7, body)));
    }

    /// Postcard cannot read some types back, and this fails only when such a message is decoded.
    #[test]
    fn everything_that_can_be_said_arrives() {
        let table =
            TrainData::Table { name: "a.csv".into(), label: "y".into(), scenario: "s".into() };
        for data in [TrainData::Sample, TrainData::Synthetic { rows: 5 }, table] {
            let wanted = TrainWanted {
                data,
                method: "mt".into(),
                ratio: 0.5,
                by: Pool::Scenario,
                epochs: 1,
                seed: 2,
            };
            travels(Request::Train(wanted.clone()));
            travels(Reply::Trained(Box::new(Trained {
                data: "rows".into(),
                wanted,
                shared: [1, 2],
                test: ssim_figure::Tested::default(),
                milliseconds: 1.5,
                truth: Some([0.5, 0.25]),
            })));
        }
        travels(Request::Open);
        let methods = MethodsWanted { metric: "auc".into(), ratio: 0.5, picks: [1, 2, 0, 0] };
        for picture in [
            Picture::Step { picture: StoryPicture::Map, picks: [0; 4] },
            Picture::MethodsFile(methods, FileForm::Latex),
            Picture::Ranking(ModelWanted { model: 1, picks: [0; 4] }),
            Picture::Sweep { metric: "auc".into(), of: Some(1), ratio: None },
            Picture::Worth {
                metric: "auc".into(),
                sides: [("a".into(), 0.5), ("b".into(), 1.0)],
                is_of_run: true,
            },
            Picture::Curves {
                title: "t".into(),
                y: "y".into(),
                curves: vec![("c".into(), vec![(1.0, 2.0)])],
            },
        ] {
            travels(Request::Picture { picture, width: 640.0, alone: true });
        }
        travels(Request::Values { field: 1, text: "x".into() });
        let [shared, selected] = [vec![true, false], Vec::new()];
        let detail = "1".to_owned();
        travels(Request::Draw(DrawWanted { drawing: Drawing::Rows, detail, shared, selected }));
        travels(Request::Try(Trial { seeds: 3, force: true, ..Trial::default() }));
        travels(Request::Match { rule: "item = 3".into(), shared: vec![true] });
        travels(Reply::Drawn { detail: "1".into(), html: "<p>".into() });
        for rows in [Ok(vec![true]), Err("no field".into())] {
            travels(Reply::Matched(MatchedRows { rule: "item = 3".into(), rows }));
        }
        travels(Request::WhatIf { row: 1, edits: vec![(0, 3)] });
        travels(Request::Pace { rows: 1, turns: 2 });
        travels(Request::Pause { hold: true });
        travels(Request::Stop);
        travels(Reply::Ready);
        travels(Reply::Picture("<svg></svg>".into()));
        travels(Reply::Values(FieldValues {
            field: 0,
            text: String::new(),
            values: vec![(1, "v".into())],
            more: 0,
        }));
        travels(Reply::Answer(Box::default()));
        travels(Reply::Pace { milliseconds: vec![1.0, 2.5] });
        travels(Request::Columns { name: "a.csv".into() });
        travels(Reply::Columns(vec!["a, b".into()]));
        travels(Reply::Began { data: "rows".into(), train: 1, held: [2, 3], steps: 4 });
        travels(Reply::Step {
            phase: "search".into(),
            steps: 1,
            loss: 0.5,
            temperature: None,
            shared: 0.25,
            milliseconds: 2.0,
        });
        travels(Reply::Epoch { phase: "retrain".into(), epoch: 1, steps: 2, val: Some(0.5) });
        travels(Reply::Stopped);
        travels(Reply::Failed(Failure::default()));
        travels(Reply::Crashed { message: "why".into() });
    }
}
