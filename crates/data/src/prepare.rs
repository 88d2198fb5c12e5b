//! The one pipeline: split, fit on train, encode.

use crate::error::{Error, Reject, Result};
use crate::fit;
use crate::layout::TableSchema;
use crate::prepared::{Prepared, SPLITS};
use crate::raw::Raw;
use crate::split::{self, OUT, Part, TRAIN};
use ssim_core::instances::{Instances, Planted};
use ssim_core::schema::Schema;

/// Splits the rows, fits vocabularies and scenarios on train rows only, and encodes every split.
/// Within a split rows keep the order of the log. The same rows and seed give the same result.
///
/// # Errors
/// An empty log or split, fewer than two scenarios, a scenario without a click in train, and,
/// unless such rows are skipped, a validation or test row of a scenario that train does not have.
pub fn prepare(mut raw: Raw, layout: &TableSchema, seed: u64) -> Result<Prepared> {
    let n = raw.labels.len();
    if n == 0 {
        return Err(Error::Data(format!("{}: expected rows, got none", raw.source)));
    }
    let mut parts = split::parts(&mut raw, &layout.split, seed)?;
    filled(&raw, &parts)?;
    let scenarios = place(&mut raw, &mut parts, layout.quirks.scenario_order)?;
    filled(&raw, &parts)?;

    let f = raw.fields.len();
    let mut counts: Vec<Vec<u64>> = raw.fields.iter().map(|v| vec![0; v.values.len()]).collect();
    let counts_too = |p: Part| p == TRAIN || layout.quirks.counts_all_rows && p != OUT;
    for (row, _) in raw.codes.chunks_exact(f).zip(&parts).filter(|(_, p)| counts_too(**p)) {
        row.iter().zip(&mut counts).for_each(|(c, count)| count[*c as usize] += 1);
    }
    let fitted = layout.fields.iter().zip(raw.fields.iter().zip(&counts));
    let schema = Schema {
        dataset: raw.dataset.clone(),
        fields: fitted.map(|(spec, (v, c))| fit::field(spec, &v.values, c)).collect(),
        scenarios,
    };
    schema.check()?;

    let fields = schema.fields.iter().zip(schema.offsets()).zip(&raw.fields);
    let ids: Vec<Vec<u32>> = fields
        .map(|((field, offset), v)| v.values.iter().map(|v| offset + field.encode(v)).collect())
        .collect();
    for row in raw.codes.chunks_exact_mut(f) {
        row.iter_mut().zip(&ids).for_each(|(c, ids)| *c = ids[*c as usize]);
    }
    raw.fields.clear();
    // Train last: its columns are the raw ones, compacted in place.
    let [_, val, test] =
        [0, 1, 2].map(|p| if p == TRAIN { Instances::default() } else { copy(&raw, &parts, p, f) });
    let rejects = std::mem::take(&mut raw.rejects);
    let train = compact(raw, &parts, f);
    Ok(Prepared { schema, train, val, test, rejects })
}

/// Every split has a row.
fn filled(raw: &Raw, parts: &[Part]) -> Result<()> {
    for (part, name) in (0..).zip(SPLITS) {
        if !parts.contains(&part) {
            return Err(Error::Data(format!(
                "{}: split \"{name}\": expected at least one row, got none of {}",
                raw.source,
                parts.len()
            )));
        }
    }
    Ok(())
}

/// Turns scenario codes into scenarios and checks that each can be trained; rows of scenarios
/// that train does not know leave their split.
fn place(raw: &mut Raw, parts: &mut [Part], order: &[usize]) -> Result<Vec<String>> {
    let known = &raw.scenario;
    let (mut counts, mut clicks) = (vec![0u64; known.values.len()], vec![0u64; known.values.len()]);
    for i in (0..parts.len()).filter(|i| parts[*i] == TRAIN) {
        counts[raw.scenarios[i] as usize] += 1;
        clicks[raw.scenarios[i] as usize] += u64::from(raw.labels[i]);
    }
    let (names, of) = fit::scenarios(&known.values, &counts, order);
    let (source, column) = (&raw.source, &known.name);
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
            known.values[code], counts[code]
        )));
    }
    for (i, part) in parts.iter_mut().enumerate() {
        let code = raw.scenarios[i] as usize;
        match of[code] {
            Some(scenario) => raw.scenarios[i] = u32::from(scenario),
            None if *part == OUT => (),
            None => {
                let (file, line) = raw.place(raw.rows[i]);
                let reject = Reject {
                    line,
                    column: known.position,
                    reason: format!(
                        "field \"{column}\": expected a scenario that train has, got \"{}\"",
                        known.values[code]
                    ),
                    raw: known.values[code].to_string(),
                    ..Reject::default()
                };
                raw.on_error.handle(&file, &mut raw.rejects, reject)?;
                *part = OUT;
            }
        }
    }
    Ok(names)
}

/// The rows of one part, copied.
fn copy(raw: &Raw, parts: &[Part], part: Part, f: usize) -> Instances {
    let rows: Vec<usize> = (0..parts.len()).filter(|i| parts[*i] == part).collect();
    let mut ids = Vec::with_capacity(rows.len() * f);
    rows.iter().for_each(|i| ids.extend_from_slice(&raw.codes[i * f..(i + 1) * f]));
    Instances {
        fields: f,
        ids,
        labels: rows.iter().map(|i| raw.labels[*i]).collect(),
        scenarios: rows.iter().map(|i| raw.scenarios[*i] as u16).collect(),
        rows: rows.iter().map(|i| raw.rows[*i]).collect(),
        planted: raw.planted.as_ref().map(|p| Planted {
            shared: rows.iter().map(|i| p.shared[*i]).collect(),
            probability: rows.iter().map(|i| p.probability[*i]).collect(),
        }),
    }
}

/// The train rows in the memory of all rows: a large log is never held twice.
fn compact(mut raw: Raw, parts: &[Part], f: usize) -> Instances {
    let mut to = 0;
    for from in (0..parts.len()).filter(|i| parts[*i] == TRAIN) {
        raw.codes.copy_within(from * f..(from + 1) * f, to * f);
        to += 1;
    }
    raw.codes.truncate(to * f);
    let keep = |i: &usize| parts[*i] == TRAIN;
    Instances {
        fields: f,
        ids: raw.codes,
        labels: retain(raw.labels, keep),
        scenarios: retain(raw.scenarios, keep).into_iter().map(|s| s as u16).collect(),
        rows: retain(raw.rows, keep),
        planted: raw.planted.map(|p| Planted {
            shared: retain(p.shared, keep),
            probability: retain(p.probability, keep),
        }),
    }
}

/// The values at the places that `keep` wants.
fn retain<T>(mut values: Vec<T>, keep: impl Fn(&usize) -> bool) -> Vec<T> {
    let mut place = 0..;
    values.retain(|_| place.next().is_some_and(|i| keep(&i)));
    values
}
