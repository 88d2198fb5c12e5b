//! The pipeline that every log goes through: split the rows, fit on the train rows, encode all
//! rows.

use crate::count::{self, Counts};
use crate::encode::Encoder;
use crate::error::{Error, OnError, Reject, Result};
use crate::fitting;
use crate::layout::{FieldKind, TableSchema};
use crate::prepared::{DataSummary, Prepared, RowCounts};
use crate::raw::{Raw, SideTable};
use crate::split::{self, OUT, TRAIN};
use ssim_core::instances::Instances;
use ssim_core::parallel;
use ssim_core::schema::Schema;
use ssim_core::split::{SPLITS, Split};
use ssim_core::vocabulary::{Field, Vocabulary};

/// Splits the rows, fits vocabularies and scenarios on train rows only, and encodes every split.
/// Within a split, rows keep the order of the log. Equal rows and seeds give equal results.
///
/// # Errors
/// The log or a split is empty, there are fewer than two scenarios, or a scenario has no click in
/// train. The last is no error if bad rows are skipped: then the rows of such scenarios are. The same
/// holds for a validation or test row of a scenario that train does not have.
pub fn prepare(raw: Raw, layout: &TableSchema, seed: u64) -> Result<Prepared> {
    let Fitted { schema, summary, rejects, encoder } = fit(raw, layout, seed)?;
    let mut splits: [Option<Instances>; 3] = [None, None, None];
    encoder.each(|rows| {
        for (split, rows) in splits.iter_mut().zip(rows) {
            match split {
                Some(split) => split.extend(&rows, 0..rows.len()),
                None => *split = Some(rows),
            }
        }
        Ok(())
    })?;
    let [train, val, test] = splits.map(Option::unwrap_or_default);
    let rows = Split { train, val, test };
    Ok(Prepared { schema, rows, rejects, records: summary.records })
}

/// A log after splitting and fitting. Its rows are not encoded yet.
pub struct Fitted {
    /// Fields with their vocabularies, and scenarios; both fitted on train.
    pub schema: Schema,
    /// Counts per field, split and scenario.
    pub summary: DataSummary,
    /// Rows that were left out.
    pub rejects: Vec<Reject>,
    /// Encodes the rows.
    pub encoder: Encoder,
}

/// Does the first two steps of [`prepare`](fn@prepare): it splits and fits, but does not encode. If
/// the log was read with a scratch file, only a few bytes per row are in memory.
///
/// # Errors
/// It fails like [`prepare`](fn@prepare), or if the scratch file fails.
pub fn fit(mut raw: Raw, layout: &TableSchema, seed: u64) -> Result<Fitted> {
    if raw.len() == 0 {
        return Err(Error::Data(format!("{}: expected rows, got none", raw.source)));
    }
    split::draw(&mut raw, &layout.split, seed)?;
    require_all_splits(&raw)?;
    let scenarios = assign_scenarios(&mut raw, layout.quirks.scenario_order)?;
    // Rows of unknown scenarios have left, so a split may be empty now.
    require_all_splits(&raw)?;

    let counts = count::count(&raw, &layout.quirks)?;
    let keys = raw.keys.iter().zip(&counts).enumerate().collect();
    let joined = parallel::map(keys, |(index, (key, counts))| match &key.side {
        Some(side) => count_joined(&raw, index, side, counts),
        None => Ok(Vec::new()),
    });
    let joined = joined.into_iter().collect::<Result<Vec<_>>>()?;
    let fields = layout.fields.iter().zip(&raw.fields).collect();
    let fields = parallel::map(fields, |(spec, origin)| {
        let key = &raw.keys[origin.key];
        match (&key.side, origin.column) {
            (Some(side), Some(column)) => fitting::field(spec, &|take| {
                let counts = &joined[origin.key][column];
                let values = side.values(column).texts().zip(counts).filter(|(_, n)| **n > 0);
                values.for_each(|(text, n)| take(text, *n));
                Ok(())
            }),
            _ => fitting::field(spec, &|take| counts[origin.key].each(&raw, origin.key, take)),
        }
    });
    let fields = fields.into_iter().collect::<Result<Vec<Field>>>()?;
    let schema = Schema { dataset: raw.dataset.clone(), fields, scenarios };
    schema.check()?;
    Ok(fitted(raw, schema))
}

/// The treatment of values that an earlier schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewValues {
    /// They have the id of unseen values, and the schema is the earlier one.
    Unseen,
    /// Those of the train rows get ids after the earlier ones, as [`fit`] gives ids. Fields of numbers stay as
    /// they are.
    Added,
}

/// Splits the rows of a log, as [`fit`] does, and takes vocabularies and scenarios from a schema that was
/// fitted on other rows: those of an earlier day, say. A split may be empty.
///
/// # Errors
/// The log is empty, or its fields are not those of `known`. A row of another scenario is an error, too, unless
/// such rows are skipped.
pub fn fit_like(
    mut raw: Raw,
    layout: &TableSchema,
    known: &Schema,
    new: NewValues,
    seed: u64,
) -> Result<Fitted> {
    if raw.len() == 0 {
        return Err(Error::Data(format!("{}: expected rows, got none", raw.source)));
    }
    let names = |fields: &mut dyn Iterator<Item = &str>| fields.collect::<Vec<_>>().join(", ");
    let expected = names(&mut known.fields.iter().map(|field| field.name.as_str()));
    let got = names(&mut layout.fields.iter().map(|field| field.name.as_str()));
    if expected != got {
        let source = &layout.source;
        return Err(Error::Config(format!("{source}: expected the fields {expected}, got {got}")));
    }
    split::draw(&mut raw, &layout.split, seed)?;
    let of_name = |name: &str| known.scenarios.iter().position(|known| known == name);
    let codes = 0..raw.scenario.names.len() as u32;
    let scenario_of_code: Vec<Option<u16>> = codes
        .map(|code| of_name(raw.scenario.names.text(code)).and_then(|k| u16::try_from(k).ok()))
        .collect();
    place_scenarios(&mut raw, &scenario_of_code, |_| OF_THE_MODEL)?;
    let mut schema = known.clone();
    if new == NewValues::Added {
        add_values(&mut schema, &raw, layout)?;
    }
    Ok(fitted(raw, schema))
}

/// Adds the values of the train rows to the fields that have no numbers.
fn add_values(schema: &mut Schema, raw: &Raw, layout: &TableSchema) -> Result<()> {
    let counts = count::count(raw, &layout.quirks)?;
    let fields = schema.fields.iter_mut().zip(&layout.fields).zip(&raw.fields);
    for ((field, spec), origin) in
        fields.filter(|((_, spec), _)| spec.kind == FieldKind::Categorical)
    {
        let found = fitting::field(spec, &|take| counts[origin.key].each(raw, origin.key, take))?;
        let mut values = field.vocabulary.values().to_vec();
        let is_new = |value: &&String| field.vocabulary.find(value).is_none();
        values.extend(found.vocabulary.values().iter().filter(is_new).cloned());
        field.vocabulary = Vocabulary::new(values);
    }
    schema.check()?;
    Ok(())
}

/// Counts the rows, whose scenarios are indices of the schema by now.
fn fitted(mut raw: Raw, schema: Schema) -> Fitted {
    let rejects = std::mem::take(&mut raw.rejects);
    let mut counted = RowCounts::new(&schema);
    let rows = raw.parts.iter().zip(&raw.scenarios).zip(&raw.labels);
    for ((part, scenario), label) in rows.filter(|((part, _), _)| **part != OUT) {
        counted.add(usize::from(*part), *scenario, *label);
    }
    let summary = counted.summary(&schema, rejects.len(), raw.records);
    let encoder = Encoder::new(raw, &schema);
    Fitted { schema, summary, rejects, encoder }
}

/// Counts the rows for each value of a joined table's columns: one vector per column, indexed by
/// code. Every row with a key counts for the values that the table has for this key.
fn count_joined(raw: &Raw, key: usize, side: &SideTable, counts: &Counts) -> Result<Vec<Vec<u64>>> {
    let mut sums: Vec<Vec<u64>> =
        (0..side.columns()).map(|column| vec![0; side.values(column).len()]).collect();
    counts.each(raw, key, &mut |text, n| {
        let codes = side.codes(side.row(text));
        sums.iter_mut().zip(codes).for_each(|(sums, code)| sums[code as usize] += n);
    })?;
    Ok(sums)
}

/// Checks that every split has at least one row.
fn require_all_splits(raw: &Raw) -> Result<()> {
    for (part, name) in (0..).zip(SPLITS) {
        if !raw.parts.contains(&part) {
            return Err(Error::Data(format!(
                "{}: split \"{name}\": expected at least one row, got none of {}",
                raw.source,
                raw.len()
            )));
        }
    }
    Ok(())
}

/// Replaces the scenario codes of the rows by scenario indices, and checks that each scenario can
/// be trained. Rows of scenarios that train does not have are rejected. Returns the names of the
/// scenarios.
fn assign_scenarios(raw: &mut Raw, order: &[usize]) -> Result<Vec<String>> {
    let known = &raw.scenario.names;
    let mut counts = vec![0u64; known.len()];
    let mut clicks = vec![0u64; known.len()];
    let rows = raw.scenarios.iter().zip(&raw.labels).zip(&raw.parts);
    for ((code, label), _) in rows.filter(|(_, part)| **part == TRAIN) {
        counts[usize::from(*code)] += 1;
        clicks[usize::from(*code)] += u64::from(*label);
    }
    let source = &raw.source;
    let clickless: Vec<usize> =
        (0..counts.len()).filter(|c| counts[*c] > 0 && clicks[*c] == 0).collect();
    match raw.on_error {
        OnError::Fail if !clickless.is_empty() => {
            return Err(clickless_scenarios(raw, &clickless, &counts));
        }
        // Their rows are rejected below, as those of scenarios that train does not have.
        _ => clickless.iter().for_each(|code| counts[*code] = 0),
    }
    let (names, scenario_of_code) = fitting::scenarios(known, &counts, order);
    let column = &raw.scenario.name;
    if names.len() < 2 || names.len() > usize::from(u16::MAX) {
        let got = match names.as_slice() {
            [only] => format!("1 (\"{only}\")"),
            more => more.len().to_string(),
        };
        return Err(Error::Data(format!(
            "{source}: scenario column \"{column}\": expected 2 to 65535 scenarios in train, got {got}"
        )));
    }
    if !order.is_empty() && names.len() != order.len() {
        return Err(Error::Data(format!(
            "{source}: scenario column \"{column}\": expected {} scenarios in train, got {}: \"{}\"",
            order.len(),
            names.len(),
            names.join("\", \"")
        )));
    }
    let expected = |code| if clickless.contains(&code) { CLICKED } else { KNOWN };
    place_scenarios(raw, &scenario_of_code, expected)?;
    Ok(names)
}

/// Replaces the scenario codes of the rows by scenario indices. Rows whose code has none are rejected; `expected`
/// says what was expected in place of a code.
fn place_scenarios(
    raw: &mut Raw,
    scenario_of_code: &[Option<u16>],
    expected: impl Fn(usize) -> &'static str,
) -> Result<()> {
    let mut start = 0;
    for block in 0..raw.blocks.len() {
        let end = start + raw.blocks[block].len();
        let unknown: Vec<usize> = (start..end)
            .filter(|i| {
                scenario_of_code[usize::from(raw.scenarios[*i])].is_none() && raw.parts[*i] != OUT
            })
            .collect();
        // The lines for the messages are in the block, which is only loaded if there is a message.
        if !unknown.is_empty() {
            let lines = raw.load(&raw.blocks[block])?.rows.clone();
            for i in unknown {
                let expected = expected(usize::from(raw.scenarios[i]));
                reject_unknown_scenario(raw, i, lines[i - start], expected)?;
            }
        }
        for code in &mut raw.scenarios[start..end] {
            *code = scenario_of_code[usize::from(*code)].unwrap_or_default();
        }
        start = end;
    }
    Ok(())
}

/// The scenario of a row that can be used, for messages.
const KNOWN: &str = "a scenario that train has";
const OF_THE_MODEL: &str = "a scenario of the earlier rows";
const CLICKED: &str = "a scenario that has a click in train";

/// The error for scenarios without a click, all at once.
fn clickless_scenarios(raw: &Raw, codes: &[usize], counts: &[u64]) -> Error {
    let named = |code: &usize| {
        let name = raw.scenario.names.text(*code as u32);
        format!("\"{name}\" ({} in train)", counts[*code])
    };
    let most = 10;
    let mut named: Vec<String> = codes.iter().take(most).map(named).collect();
    if codes.len() > most {
        named.push(format!("{} more", codes.len() - most));
    }
    Error::Data(format!(
        "{}: scenario column \"{}\": expected at least one click in train for each scenario, got \
         none for {}; skipping bad rows (--on-error skip) leaves such scenarios out",
        raw.source,
        raw.scenario.name,
        named.join(", ")
    ))
}

/// Rejects row `i`, which is on this line of the log, because no model can learn its scenario.
fn reject_unknown_scenario(raw: &mut Raw, i: usize, line: u64, expected: &str) -> Result<()> {
    let (file, line) = raw.place(line);
    let column = &raw.scenario.name;
    let code = raw.scenarios[i];
    let name = raw.scenario.names.text(code.into());
    let reject = Reject {
        line,
        column: raw.scenario.position,
        reason: format!("field \"{column}\": expected {expected}, got \"{name}\""),
        raw: name.to_owned(),
        ..Reject::default()
    };
    raw.on_error.handle(&file, &mut raw.rejects, reject)?;
    raw.parts[i] = OUT;
    Ok(())
}
