//! Checks each field alone: does it leak the label, say nothing, or only number the rows?

use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::metric::auc;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_core::vocabulary::{Field, Transform};

/// A field that ranks validation clicks with a higher AUC than this may leak the label.
const LEAK: f64 = 0.9;
/// A value may leak the label if at least this part of its rows are clicks.
const PURE: f64 = 0.99;
/// Least number of rows, and of rows of either label, for which a share or an AUC means something.
const ENOUGH: usize = 20;
/// A field says next to nothing if at least this part of the rows have one value.
const ALL: f64 = 0.999;
/// A field may number the rows if at least this part of them have a value of their own.
const MOST: f64 = 0.9;

/// Findings about one field, without the others.
#[derive(Serialize)]
pub struct FieldCheck {
    pub field: String,
    /// AUC on validation rows, each scored by its value's click rate in train.
    pub auc: Option<f64>,
    /// This AUC on the rows whose value has an id of its own. If they are few, `auc` hides a leak.
    pub auc_known: Option<f64>,
    /// Share of train rows with the most frequent value.
    pub top: f64,
    /// Share of train rows whose value is too rare for an id, or occurs in no other row.
    pub rare: f64,
    /// The suspicion about the field, if there is one.
    pub warning: Option<String>,
}

/// Rows and clicks per id of a field. The last id is that of all rare values.
struct Counts(Vec<(usize, usize)>);

impl Counts {
    fn of(rows: &Instances, f: usize, offset: u32, size: usize) -> Self {
        let mut counts = vec![(0, 0); size];
        for i in 0..rows.len() {
            let (n, clicks) = &mut counts[(rows.ids_of(i)[f] - offset) as usize];
            *n += 1;
            *clicks += usize::from(rows.labels[i]);
        }
        Self(counts)
    }

    /// Gives the number of an id's rows, if nearly all of them are clicks.
    fn pure(&self, id: usize) -> Option<usize> {
        let (n, clicks) = self.0[id];
        (n >= ENOUGH && clicks as f64 >= PURE * n as f64).then_some(n)
    }
}

/// Checks field `f` alone.
pub fn alone(f: usize, schema: &Schema, rows: &Split<Instances>) -> FieldCheck {
    let field = &schema.fields[f];
    let offset = schema.offsets()[f];
    let oov = field.oov() as usize;
    let count = |split| Counts::of(split, f, offset, field.size());
    let train = count(&rows.train);
    let val = count(&rows.val);
    let (n, clicks) = train.0.iter().fold((0, 0), |s, c| (s.0 + c.0, s.1 + c.1));
    let mean = clicks as f32 / n.max(1) as f32;
    let (auc, auc_known) = ranks(f, offset, &train, mean, &rows.val);

    let share = |rows: usize| rows as f64 / n.max(1) as f64;
    let with_id = || train.0[..oov].iter().map(|c| c.0);
    let top = share(with_id().max().unwrap_or(0));
    let rare = share(train.0[oov].0 + with_id().filter(|rows| *rows == 1).count());

    // If most rows are clicks, most rows of most values are clicks too, which means nothing.
    let pure = (0..oov).filter(|id| mean < 0.5 && train.pure(*id).is_some());
    let pure = pure.filter_map(|id| Some((val.pure(id)?, id))).max();
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let best = [auc, auc_known].into_iter().flatten().fold(0.0, f64::max);
    let warning = if best > LEAK {
        Some(format!("alone ranks validation clicks with AUC {best:.3}: does it leak the label?"))
    } else if let Some((rows, id)) = pure {
        let value = field.vocabulary.values().get(id).map_or("", String::as_str);
        Some(format!(
            "with the value \"{value}\" is a click in {} of {rows} validation rows: does it leak the label?",
            val.0[id].1
        ))
    } else if top >= ALL {
        Some(format!("has one value in {} of train rows: it says next to nothing", percent(top)))
    } else if rare >= MOST {
        Some(format!(
            "has a value of their own in {} of train rows: is it the number of the row?",
            percent(rare)
        ))
    } else if never_falls(f, field, offset, &rows.train) {
        Some("never falls along the log: is it the number of the row, or a time?".to_owned())
    } else {
        None
    };
    let warning = warning.map(|what| format!("field \"{}\" {what}", field.name));
    FieldCheck { field: field.name.clone(), auc, auc_known, top, rare, warning }
}

/// AUC of the train click rates on validation rows: on all of them, and on those whose value has an
/// id of its own.
fn ranks(
    f: usize,
    offset: u32,
    train: &Counts,
    mean: f32,
    val: &Instances,
) -> (Option<f64>, Option<f64>) {
    // The mean counts as much as ten rows, so that a rare value has a rate close to it.
    let counts = train.0.iter();
    let rates = counts.map(|(n, clicks)| (*clicks as f32 + 10.0 * mean) / (*n as f32 + 10.0));
    let rates: Vec<f32> = rates.collect();
    let id = |i: usize| (val.ids_of(i)[f] - offset) as usize;
    let scores: Vec<f32> = (0..val.len()).map(|i| rates[id(i)]).collect();
    let known = (0..val.len()).filter(|i| id(*i) + 1 < rates.len());
    let (some, labels): (Vec<f32>, Vec<u8>) = known.map(|i| (scores[i], val.labels[i])).unzip();
    let clicks = labels.iter().filter(|y| **y == 1).count();
    let enough = clicks.min(labels.len() - clicks) >= ENOUGH;
    (auc(&scores, &val.labels), auc(&some, &labels).filter(|_| enough))
}

/// Whether the buckets of a number never fall from row to row, and rise more than twice.
fn never_falls(f: usize, field: &Field, offset: u32, rows: &Instances) -> bool {
    if field.transform == Transform::None {
        return false;
    }
    let values = field.vocabulary.values().iter();
    let buckets: Vec<f64> = values.map(|v| v.parse::<f64>().unwrap_or(f64::NAN)).collect();
    let mut last = f64::NEG_INFINITY;
    let mut rises = 0;
    for i in 0..rows.len() {
        let Some(bucket) = buckets.get((rows.ids_of(i)[f] - offset) as usize) else { continue };
        if *bucket < last {
            return false;
        }
        rises += usize::from(*bucket > last);
        last = *bucket;
    }
    rises > 2
}
