//! Rows that have a value, and rows that are like another.

use crate::engine::Engine;
use crate::engine::drawn::html::adds;
use ssim_core::look::order::sorted;
use ssim_viz::{Clause, count};

/// Most values that a search lists.
const FOUND: usize = 12;

/// Leaves the rows that have a value with the searched text. Returns buttons of the values with it.
pub fn search(engine: &Engine, text: &str, places: &mut Vec<usize>) -> String {
    let needle = text.trim().to_lowercase();
    if needle.is_empty() {
        return String::new();
    }
    let schema = &engine.artifact.header.schema;
    let has = |text: &str| text.to_lowercase().contains(&needle);
    let scenarios: Vec<bool> = schema.scenarios.iter().map(|name| has(name)).collect();
    let known: Vec<Vec<bool>> = (schema.fields.iter())
        .map(|field| field.vocabulary.values().iter().map(|value| has(value)).collect())
        .collect();
    let mut counts: Vec<Vec<u64>> = known.iter().map(|known| vec![0; known.len()]).collect();
    places.retain(|row| {
        let mut found = scenarios[usize::from(engine.inspection.sample.scenarios[*row])];
        for (field, (known, counts)) in known.iter().zip(&mut counts).enumerate() {
            let id = engine.id(*row, field) as usize;
            if known.get(id) == Some(&true) {
                counts[id] += 1;
                found = true;
            }
        }
        found
    });
    let counts = counts.iter().enumerate().flat_map(|(field, counts)| {
        counts.iter().enumerate().map(move |(id, rows)| (*rows, field, id))
    });
    let values: Vec<(u64, usize, usize)> = counts.filter(|value| value.0 > 0).collect();
    let all = values.len();
    // Values of equally many rows stay in the order of their fields.
    let mut order = sorted((0..all).collect(), &|a, b| values[b].0.cmp(&values[a].0));
    order.truncate(FOUND);
    let buttons = order.into_iter().map(|i| values[i]).map(|(rows, field, id)| {
        let field = &schema.fields[field];
        let value = field.vocabulary.values()[id].clone();
        let text = format!("{} = {value} ({})", field.name, count(rows));
        adds(
            vec![Clause::Field { field: field.name.clone(), is: true, values: vec![value] }],
            &text,
        )
    });
    let buttons: String = buttons.collect();
    let more = match all.saturating_sub(FOUND) {
        0 => String::new(),
        more => format!("<span class=\"muted\">and {} more values</span>", count(more as u64)),
    };
    if all == 0 { String::new() } else { format!("<p class=\"buttons\">{buttons}{more}</p>") }
}

/// The distances `[n]` of all rows' embedded values from those of a row.
pub fn distances(engine: &Engine, row: usize) -> Vec<f64> {
    let (sample, table) = (&engine.inspection.sample, &engine.inspection.model.embedding);
    let own = sample.ids_of(row);
    let square = |a: u32, b: u32| -> f64 {
        let pairs = table.row(a).iter().zip(table.row(b));
        pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum()
    };
    let from = |other: usize| -> f64 {
        own.iter().zip(sample.ids_of(other)).map(|(a, b)| square(*a, *b)).sum()
    };
    (0..sample.len()).map(|other| from(other).sqrt()).collect()
}
