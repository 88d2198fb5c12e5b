//! The values of every field: how many rows have them, of all rows, the selected and the shared ones.

use super::as_numbers;
use super::html::{adds, line, paragraph, percent, table};
use crate::engine::{Engine, UNSEEN};
use ssim_core::look::order::sorted;
use ssim_viz::{Clause, count, escape};

/// Most values of a field that have a line.
const VALUES: usize = 12;

/// Rows with a value.
#[derive(Clone, Copy, Default)]
struct ValueCounts {
    rows: u64,
    shared: u64,
}

/// The fields. Both flags are `[n]`, or empty; if rows are selected, only these are counted.
pub fn fields(engine: &Engine, shared: &[bool], selected: &[bool]) -> String {
    let any = selected.contains(&true);
    let n = engine.inspection.sample.len();
    let rows: Vec<usize> = (0..n).filter(|row| !any || selected[*row]).collect();
    let schema = &engine.artifact.header.schema;
    let cards = schema.fields.iter().enumerate().map(|(f, field)| {
        let values = field.vocabulary.values();
        let mut counts = vec![ValueCounts::default(); field.size()];
        for row in &rows {
            // The last place is that of values without an id of their own.
            let count = &mut counts[(engine.id(*row, f) as usize).min(values.len())];
            count.rows += 1;
            count.shared += u64::from(shared.get(*row).copied().unwrap_or(false));
        }
        let seen = (0..counts.len()).filter(|id| counts[*id].rows > 0).collect();
        let mut seen = sorted(seen, &|a, b| counts[b].rows.cmp(&counts[a].rows));
        let all = seen.len();
        seen.truncate(VALUES);
        if all <= VALUES {
            // Few values stand in their own order, as those of an hour or a price.
            seen = sorted(seen, &|a, b| match (values.get(a), values.get(b)) {
                (Some(a), Some(b)) => as_numbers(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        }
        let most = seen.iter().map(|id| counts[*id].rows).max().unwrap_or(1);
        let lines = seen.iter().map(|id| {
            let ValueCounts { rows, shared } = counts[*id];
            let head = match values.get(*id) {
                Some(value) => {
                    let is = Clause::Field {
                        field: field.name.clone(),
                        is: true,
                        values: vec![value.clone()],
                    };
                    adds(vec![is], value)
                }
                None => UNSEEN.to_owned(),
            };
            line(
                &head,
                &[bar(rows, shared, most), count(rows), percent(shared as f64 / rows as f64)],
            )
        });
        let more = match all.saturating_sub(VALUES) {
            0 => String::new(),
            more => paragraph("muted", &format!("and {} more values", count(more as u64))),
        };
        let heads = [
            "value",
            "<th scope=\"col\"><span class=\"off\">rows, drawn</span></th>",
            "rows",
            "shared",
        ];
        let name = escape(&field.name);
        let table = table(&format!("Values of {name}"), &heads, lines);
        format!("<div class=\"card\"><h3>{name}</h3>{table}{more}</div>")
    });
    let told = match any {
        true => format!("The values of the {} selected rows.", count(rows.len() as u64)),
        false => format!("The values of all {} rows of the file.", count(n as u64)),
    };
    format!(
        "{}<div class=\"cards\">{}</div>{}",
        paragraph("strong", &told),
        cards.collect::<String>(),
        paragraph(
            "muted note",
            "Dark: shared. A click on a value selects its rows, and then all fields count the selected rows."
        )
    )
}

/// A bar with the rows, and within it the shared ones.
fn bar(rows: u64, shared: u64, most: u64) -> String {
    let width = |n: u64| ssim_viz::fixed(80.0 * n as f64 / most as f64, 1);
    format!(
        "<svg class=\"value-bar\" viewBox=\"0 0 80 12\" width=\"80\" height=\"12\" aria-hidden=\"true\">\
         <rect width=\"{}\" height=\"12\"/><rect class=\"of-shared\" width=\"{}\" height=\"12\"/></svg>",
        width(rows),
        width(shared)
    )
}
