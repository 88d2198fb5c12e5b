//! The rows that a model is trained on in the page.

use super::failure;
use crate::engine::Engine;
use crate::protocol::{Failure, TrainData, TrainWanted};
use ssim_core::instances::Instances;
use ssim_core::rng::Stream;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_data::OnError;
use ssim_data::Prepared;
use ssim_data::Reading;
use ssim_data::layout::{CellRules, FieldKind, FieldSpec, Quirks, SplitRule, TableSchema};
use ssim_data::table::{csv_columns, read_csv};

/// The most rows of a CSV file that a page reads.
const ROW_LIMIT: usize = 50_000;

/// Rows to train on, with their schema.
pub struct TrainRows {
    pub schema: Schema,
    pub rows: Split<Instances>,
    /// A description of the rows for the reader.
    pub words: String,
}

/// Makes the rows.
///
/// # Errors
/// When no file is open; what the generator or the reader reports.
pub fn rows(
    engine: Option<&Engine>,
    wanted: &TrainWanted,
    bytes: &[u8],
) -> Result<TrainRows, Failure> {
    match &wanted.data {
        TrainData::Sample => {
            let engine = engine.ok_or_else(|| failure("No file is open.", "no sample".into()))?;
            Ok(sample(engine, wanted.seed))
        }
        TrainData::Synthetic { rows } => {
            let prepared =
                ssim_data::synthetic::prepare(*rows, ssim_data::synthetic::SHARED, wanted.seed);
            let prepared =
                prepared.map_err(|e| failure("No rows could be made.", e.to_string()))?;
            let n = ssim_viz::count(*rows as u64);
            Ok(split(prepared, format!("{n} generated rows, seed {}", wanted.seed)))
        }
        TrainData::Table { name, label, scenario } => {
            table(bytes, name, label, scenario, wanted.seed)
        }
    }
}

/// Places of the train, val and test rows among `n` rows.
pub fn parts(n: usize, seed: u64) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut learn = Stream::new(seed, "page split", &[]).permutation(n);
    let mut stop = learn.split_off(n * 8 / 10);
    let test = stop.split_off(stop.len() / 2);
    (learn, stop, test)
}

/// The open file's sample: eight tenths are train rows, one is val, one is test.
fn sample(engine: &Engine, seed: u64) -> TrainRows {
    let sample = &engine.inspection().sample;
    let n = sample.len();
    let (learn, stop, test) = parts(n, seed);
    let rows =
        Split { train: sample.pick(&learn), val: sample.pick(&stop), test: sample.pick(&test) };
    TrainRows {
        schema: engine.artifact().header.schema.clone(),
        rows,
        words: format!("{} rows of the open file", ssim_viz::count(n as u64)),
    }
}

fn split(prepared: Prepared, words: String) -> TrainRows {
    let Prepared { schema, rows, .. } = prepared;
    TrainRows { schema, rows, words }
}

/// The names of the columns of a CSV file, as the program reads them.
///
/// # Errors
/// When the file has no header, or fewer columns than a label, a scenario and a field need.
pub fn columns(bytes: &[u8], name: &str) -> Result<Vec<String>, Failure> {
    let columns = csv_columns(bytes, name).map_err(|e| of_table(name, &e.to_string()))?;
    match columns.len() {
        3.. => Ok(columns),
        n => {
            let text = format!(
                "{name}:1:1: expected at least three columns (a label, a scenario and a field), got {n}"
            );
            Err(of_table(name, &text))
        }
    }
}

/// The failure of a table. The message says the line and the column, so it stands in the advice.
fn of_table(name: &str, error: &str) -> Failure {
    Failure {
        what: format!("{name} cannot be trained on."),
        todo: format!("{error}. Mend the file, or choose other columns, and start again."),
        detail: error.to_owned(),
    }
}

/// Reads a CSV file. Every column but the label becomes a categorical field.
fn table(
    bytes: &[u8],
    name: &str,
    label: &str,
    scenario: &str,
    seed: u64,
) -> Result<TrainRows, Failure> {
    let failed = |e: ssim_data::Error| of_table(name, &e.to_string());
    let columns = csv_columns(bytes, name).map_err(failed)?;
    let fields = columns.into_iter().filter(|c| c != label).map(|name| FieldSpec {
        name,
        kind: FieldKind::Categorical,
        buckets: None,
        min_count: 2,
    });
    let layout = TableSchema {
        source: name.to_owned(),
        label: label.to_owned(),
        scenario: scenario.to_owned(),
        fields: fields.collect(),
        split: SplitRule::Random { train: 0.8, val: 0.1, test: 0.1 },
        cells: CellRules::default(),
        quirks: Quirks::default(),
    };
    // One row more than a page takes shows that there are too many.
    let reading = Reading { limit: ROW_LIMIT + 1, ..OnError::Skip.into() };
    let raw = read_csv(bytes, name, &layout, reading).map_err(failed)?;
    let prepared = ssim_data::prepare(raw, &layout, seed).map_err(failed)?;
    let [records, most] = [prepared.records, ROW_LIMIT].map(|n| ssim_viz::count(n as u64));
    if prepared.records > ROW_LIMIT {
        return Err(Failure {
            what: format!("{name} is too long for a page."),
            todo: format!(
                "It has more than {most} rows. Train on it with `ssim fit`, which has no limit."
            ),
            detail: format!("{name}: expected at most {most} rows, got {records} or more"),
        });
    }
    let left = match &prepared.rejects[..] {
        [] => String::new(),
        [first, ..] => {
            let n = ssim_viz::count(prepared.rejects.len() as u64);
            format!(", {n} left out, the first at {first}")
        }
    };
    let words = format!("{name}: {records} rows read{left}");
    Ok(split(prepared, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of three columns, whose rows `row` writes.
    fn log(header: &str, end: &str, row: impl Fn(usize) -> String) -> Vec<u8> {
        let rows = (0..200).map(row);
        std::iter::once(header.to_owned())
            .chain(rows)
            .map(|row| row + end)
            .collect::<String>()
            .into_bytes()
    }

    fn read(bytes: &[u8], scenario: &str) -> Result<TrainRows, Failure> {
        table(bytes, "log.csv", "click", scenario, 1)
    }

    #[test]
    fn columns_are_named_as_the_program_names_them() {
        let named =
            |text: &str| columns(text.as_bytes(), "log.csv").map_err(|failure| failure.todo);
        let [a, click, tab] = ["a, b", "click", "tab"].map(str::to_owned);
        assert_eq!(
            named("\"a, b\",click,tab\n1,2,3\n"),
            Ok(vec![a.clone(), click.clone(), tab.clone()])
        );
        assert_eq!(named("\u{feff}a, b;click;tab\n"), Ok(vec![a, click.clone(), tab.clone()]));
        // Without a line feed, as old Macs wrote it.
        assert_eq!(named("tab\tclick\tx\r1\t0\t2\r"), Ok(vec![tab, click, "x".into()]));
        let latin = columns(b"click,gr\xfc\xdfe,tab\n", "log.csv").expect_err("Latin-1").todo;
        assert!(latin.starts_with("log.csv:1:2: ") && latin.contains("UTF-8"), "{latin}");
        assert!(named("click,tab\n").expect_err("two columns").contains("at least three columns"));
    }

    #[test]
    fn records_are_counted_and_not_lines() {
        let labels = ["true", "False", "yes", "NO"];
        let row = |i: usize| format!("{},{},\"one\ntwo {}\"", labels[i % 4], i % 3, i % 7);
        let rows = read(&log("click,tab,text", "\n", row), "tab").expect("rows");
        assert_eq!(rows.words, "log.csv: 200 rows read");
        let n = [&rows.rows.train, &rows.rows.val, &rows.rows.test].map(|rows| rows.len());
        assert_eq!(n.iter().sum::<usize>(), 200);
    }

    #[test]
    fn rows_that_are_left_out_are_counted_and_the_first_is_named() {
        let row = |i: usize| format!("{},{},{}", ["1", "maybe"][i % 2], i % 3, i % 7);
        let rows = read(&log("click,tab,text", "\r", row), "tab").expect("rows");
        let expected = "log.csv: 200 rows read, 100 left out, the first at 3:1: field \"click\": expected 0 or 1, got \"maybe\"";
        assert_eq!(rows.words, expected);
        let none = read(&log("click,tab,text", "\n", |i| format!("maybe,{},1", i % 3)), "tab");
        let none = none.map(|rows| rows.words).expect_err("no rows").todo;
        assert!(
            none.contains("200 rejected, the first at 2:1: field \"click\": expected 0 or 1"),
            "{none}"
        );
    }

    #[test]
    fn a_file_that_is_too_long_is_refused_by_its_records() {
        let rows = |n: usize| (0..n).map(|i| format!("{},{},\"a\nb\"\n", i % 2, i % 3));
        let file = |n: usize| {
            std::iter::once("click,tab,x\n".to_owned()).chain(rows(n)).collect::<String>()
        };
        assert!(read(file(ROW_LIMIT).as_bytes(), "tab").is_ok());
        let told = read(file(ROW_LIMIT + 1).as_bytes(), "tab")
            .map(|rows| rows.words)
            .expect_err("too long");
        assert!(told.todo.contains("more than 50,000 rows"), "{told:?}");
    }
}
