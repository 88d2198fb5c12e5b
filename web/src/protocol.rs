//! What page and worker say to each other: postcard's bytes, with a file's bytes or columns of
//! numbers beside them where there are any. Names of fields do not travel, so that the page holds no
//! reader of them; [`VERSION`] keeps two builds from misreading each other.

mod answers;
mod message;
mod overview;
mod training;

pub use answers::{Answer, Effect, Quality, Ranked, Said, Values};
pub use message::{VERSION, decode, encode};
pub use overview::{Check, FieldLine, ModelLine, ModelSize, Overview, SelectorSize};
use serde::{Deserialize, Serialize};
pub use training::{TrainData, TrainWanted, Trained};

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the artifact whose bytes come beside this message. Answer: [`Reply::Opened`].
    Open,
    /// How good a model is on the sample. Answer: [`Reply::Quality`].
    Quality {
        /// Its place in [`Overview::models`].
        model: usize,
    },
    /// Values of a field that contain a text. Answer: [`Reply::Values`].
    Values {
        /// The field's place.
        field: usize,
        /// What the reader typed.
        text: String,
    },
    /// A row of the sample with some fields changed. Answer: [`Reply::Answer`].
    WhatIf {
        /// The row's place in the sample.
        row: u32,
        /// Places of fields, and ids within them.
        edits: Vec<(usize, u32)>,
    },
    /// Predict rows of the sample by every tower, some times over. Answer: [`Reply::Pace`].
    Pace {
        /// How many rows at once.
        rows: usize,
        /// How often.
        turns: usize,
    },
    /// Train a model here. Answers: [`Reply::Step`], [`Reply::Epoch`], [`Reply::Trained`].
    Train(TrainWanted),
    /// Stop calling the phase's steps, or go on.
    Pause {
        /// Whether to stop.
        hold: bool,
    },
    /// Give up the training. Answer: [`Reply::Stopped`].
    Stop,
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It listens; what was sent before is lost.
    Ready,
    /// An artifact was read, predicted and compared. Beside it come, an array each, the rows' numbers
    /// in the log (f64), what is random about lists (scores, f32, and an order, u32), and the columns
    /// (f32).
    Opened {
        /// What there is to show.
        overview: Box<Overview>,
        /// Names of the columns.
        columns: Vec<String>,
        /// How long that took.
        milliseconds: f64,
    },
    /// A model's quality.
    Quality(Quality),
    /// Values of a field.
    Values(Values),
    /// A changed row.
    Answer(Box<Answer>),
    /// How long each turn of [`Request::Pace`] took, in milliseconds.
    Pace {
        /// Turn by turn.
        milliseconds: Vec<f64>,
    },
    /// Training has begun: how much there is to do.
    Began {
        /// Rows to learn from.
        train: usize,
        /// Rows to stop by, and to test on.
        held: [usize; 2],
        /// Steps of all phases.
        steps: u64,
    },
    /// Some batches were learnt.
    Step {
        /// "search" or "retrain".
        phase: String,
        /// Steps over all phases so far.
        steps: u64,
        /// Loss of the last batch.
        loss: f64,
        /// The search mask's temperature.
        temperature: Option<f64>,
        /// Share of the last batch that went to every tower.
        shared: f64,
        /// Milliseconds of learning so far.
        milliseconds: f64,
    },
    /// An epoch ended.
    Epoch {
        /// "search" or "retrain".
        phase: String,
        /// Its number, from 1.
        epoch: u64,
        /// Steps over all phases so far.
        steps: u64,
        /// AUC on the rows to stop by.
        val: Option<f64>,
    },
    /// A model is trained.
    Trained(Box<Trained>),
    /// The training was given up.
    Stopped,
    /// The request failed; the worker lives on with what it had before.
    Failed(Failure),
    /// The worker stopped for good.
    Crashed {
        /// The panic's message.
        message: String,
    },
}

/// Something that went wrong, for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What failed, in a sentence.
    pub what: String,
    /// What to do about it.
    pub todo: String,
    /// The exact message, for a report.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travels<T>(body: T)
    where
        T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(decode(&encode(7, &body)), Ok((7, body)));
    }

    /// Not every shape can be read without its names; what cannot fails only when it is sent.
    #[test]
    fn everything_that_can_be_said_arrives() {
        let table =
            TrainData::Table { name: "a.csv".into(), label: "y".into(), scenario: "s".into() };
        for data in [TrainData::Sample, TrainData::Synthetic { rows: 5 }, table] {
            let wanted = TrainWanted { data, method: "mt".into(), ratio: 0.5, epochs: 1, seed: 2 };
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
        travels(Request::Quality { model: 1 });
        travels(Request::Values { field: 1, text: "x".into() });
        travels(Request::WhatIf { row: 1, edits: vec![(0, 3)] });
        travels(Request::Pace { rows: 1, turns: 2 });
        travels(Request::Pause { hold: true });
        travels(Request::Stop);
        travels(Reply::Ready);
        travels(Reply::Quality(Quality { model: 0, scenarios: Vec::new() }));
        travels(Reply::Values(Values {
            field: 0,
            text: String::new(),
            values: vec![(1, "v".into())],
            more: 0,
        }));
        travels(Reply::Answer(Box::default()));
        travels(Reply::Pace { milliseconds: vec![1.0, 2.5] });
        travels(Reply::Began { train: 1, held: [2, 3], steps: 4 });
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
