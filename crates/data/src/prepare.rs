//! The one pipeline: split, fit on train, encode.

use crate::count::{self, Counts};
use crate::encode::Encoder;
use crate::error::{Error, Reject, Result};
use crate::fitting;
use crate::layout::TableSchema;
use crate::prepared::{DataSummary, Prepared, RowCounts, SPLITS};
use crate::raw::{Raw, SideTable};
use crate::split::{self, OUT, TRAIN};
use ssim_core::instances::Instances;
use ssim_core::parallel;
use ssim_core::schema::Schema;
use ssim_core::vocabulary::Field;

/// Splits the rows, fits vocabularies and scenarios on train rows only, and encodes every split.
/// Within a split rows keep the order of the log. The same rows and seed give the same result.
///
/// # Errors
/// An empty log or split, fewer than two scenarios, a scenario without a click in train, and,
/// unless such rows are skipped, a validation or test row of a scenario that train does not have.
pub fn prepare(raw: Raw, layout: &TableSchema, seed: u64) -> Result<Prepared> {
    let Fitted { schema, rejects, encoder, .. } = fit(raw, layout, seed)?;
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
    Ok(Prepared { schema, train, val, test, rejects })
}

/// A log that is split and whose vocabularies are fitted; its rows are still to be encoded.
pub struct Fitted {
    /// Fields with vocabularies, and scenarios; both fitted on train.
    pub schema: Schema,
    /// Counts per field, split and scenario.
    pub summary: DataSummary,
    /// Rows left out.
    pub rejects: Vec<Reject>,
    /// The rows.
    pub encoder: Encoder,
}

/// Everything of [`prepare`](fn@prepare) but encoding; no more than a few bytes per row are in memory.
///
/// # Errors
/// As [`prepare`](fn@prepare), and what the scratch file reports.
pub fn fit(mut raw: Raw, layout: &TableSchema, seed: u64) -> Result<Fitted> {
    if raw.len() == 0 {
        return Err(Error::Data(format!("{}: expected rows, got none", raw.source)));
    }
    split::draw(&mut raw, &layout.split, seed)?;
    filled(&raw)?;
    let scenarios = place(&mut raw, layout.quirks.scenario_order)?;
    filled(&raw)?;

    let counts = count::count(&raw, &layout.quirks)?;
    let keys = raw.keys.iter().zip(&counts).enumerate().collect();
    let joined = parallel::map(keys, |(key, (of, counts))| match &of.side {
        Some(side) => spread(&raw, key, side, counts),
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

    let rejects = std::mem::take(&mut raw.rejects);
    let mut counted = RowCounts::new(&schema);
    let rows = raw.parts.iter().zip(&raw.scenarios).zip(&raw.labels);
    for ((part, scenario), label) in rows.filter(|((part, _), _)| **part != OUT) {
        counted.add(usize::from(*part), *scenario, *label);
    }
    let summary = counted.summary(&schema, rejects.len());
    let encoder = Encoder::new(raw, &schema);
    Ok(Fitted { schema, summary, rejects, encoder })
}

/// How often each value of a joined table's columns is shown by the rows that show its key: `[columns]`.
fn spread(raw: &Raw, key: usize, side: &SideTable, counts: &Counts) -> Result<Vec<Vec<u64>>> {
    let mut sums: Vec<Vec<u64>> =
        (0..side.columns()).map(|column| vec![0; side.values(column).len()]).collect();
    counts.each(raw, key, &mut |text, n| {
        let codes = side.codes(side.row(text));
        sums.iter_mut().zip(codes).for_each(|(sums, code)| sums[code as usize] += n);
    })?;
    Ok(sums)
}

/// Every split has a row.
fn filled(raw: &Raw) -> Result<()> {
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

/// Turns scenario codes into scenarios and checks that each can be trained; rows of scenarios
/// that train does not know leave their split.
fn place(raw: &mut Raw, order: &[usize]) -> Result<Vec<String>> {
    let known = &raw.scenario.names;
    let (mut counts, mut clicks) = (vec![0u64; known.len()], vec![0u64; known.len()]);
    let rows = raw.scenarios.iter().zip(&raw.labels).zip(&raw.parts);
    for ((code, label), _) in rows.filter(|(_, part)| **part == TRAIN) {
        counts[usize::from(*code)] += 1;
        clicks[usize::from(*code)] += u64::from(*label);
    }
    let (names, of) = fitting::scenarios(known, &counts, order);
    let (source, column) = (&raw.source, &raw.scenario.name);
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
    if let Some(code) = (0..counts.len()).find(|c| counts[*c] > 0 && clicks[*c] == 0) {
        return Err(Error::Data(format!(
            "{source}: scenario \"{}\": expected at least one click in train, got 0 of {} rows",
            known.text(code as u32),
            counts[code]
        )));
    }
    let mut start = 0;
    for block in 0..raw.blocks.len() {
        let end = start + raw.blocks[block].len();
        let lost = |i: &usize| of[usize::from(raw.scenarios[*i])].is_none() && raw.parts[*i] != OUT;
        let lost: Vec<usize> = (start..end).filter(lost).collect();
        if !lost.is_empty() {
            let lines = raw.load(&raw.blocks[block])?.rows.clone();
            lost.into_iter().try_for_each(|i| unknown(raw, i, lines[i - start]))?;
        }
        for code in &mut raw.scenarios[start..end] {
            *code = of[usize::from(*code)].unwrap_or_default();
        }
        start = end;
    }
    Ok(names)
}

/// A row whose scenario train does not know, on that line of the log.
fn unknown(raw: &mut Raw, i: usize, line: u64) -> Result<()> {
    let (file, line) = raw.place(line);
    let (column, code) = (&raw.scenario.name, raw.scenarios[i]);
    let name = raw.scenario.names.text(code.into());
    let reject = Reject {
        line,
        column: raw.scenario.position,
        reason: format!("field \"{column}\": expected a scenario that train has, got \"{name}\""),
        raw: name.to_owned(),
        ..Reject::default()
    };
    raw.on_error.handle(&file, &mut raw.rejects, reject)?;
    raw.parts[i] = OUT;
    Ok(())
}
