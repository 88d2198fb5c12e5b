//! The share profile: which values of which fields are shared more often than the scenarios of their rows explain.

use super::detail::Detail;
use super::html::{adds, line, menu, paragraph, percent, signed, table, whisker};
use super::{LEAST, LINES};
use crate::engine::{Engine, UNSEEN};
use ssim_core::look::profile::{ValueShare, beyond_chance, profile as values_of};
use ssim_viz::{Clause, count, escape, fixed};

/// The profile of the rows that are `shared` `[n]`.
pub fn profile(engine: &Engine, shared: &[bool], detail: &Detail) -> String {
    let schema = &engine.artifact.header.schema;
    let sample = &engine.inspection.sample;
    let mut values = values_of(sample, schema, shared, LEAST as u64);
    let (tested, found) = (values.len(), beyond_chance(&values));
    let listed = shared.iter().filter(|shared| **shared).count() as u64;
    let head =
        format!("{} of the file's {} rows are shared.", count(listed), count(sample.len() as u64));
    let verdict = match (tested, found) {
        (0, _) => format!(
            "{head} No value says more than its scenario does: every scenario is shared as a whole, or not at all, \
             or no value has {LEAST} rows."
        ),
        (_, 0) => format!(
            "{head} No field value is preferred beyond its scenario: the differences between {} values are what chance gives.",
            count(tested as u64)
        ),
        _ => format!(
            "{head} {} of {} field values are shared more or less often than their scenarios explain, beyond chance.",
            count(found as u64),
            count(tested as u64)
        ),
    };
    let verdict = paragraph("strong", &verdict);
    if tested == 0 {
        return verdict;
    }
    let field = detail.number("f", schema.fields.len());
    let names =
        schema.fields.iter().enumerate().map(|(f, field)| (f.to_string(), field.name.clone()));
    let options = [(String::new(), "all fields".to_owned())].into_iter().chain(names);
    let chosen = field.map_or(String::new(), |f| f.to_string());
    let menu = menu(("Field", "profile-field"), &detail.before("f"), options, &chosen);
    values.retain(|value| field.is_none_or(|field| value.field == field));
    let seen = values.len();
    values.truncate(LINES);
    let heads = [
        "value",
        "rows",
        "shared",
        "by scenario",
        "lift",
        "<th scope=\"col\"><span class=\"off\">95 % interval, drawn</span></th>",
        "95&nbsp;% interval",
        "distance",
    ];
    let lines = values.iter().map(|value| of_value(engine, value));
    let some = match seen {
        0 => format!("No value of this field has {LEAST} rows and says more than its scenario. "),
        seen if seen > LINES => {
            format!("The {LINES} of {} values that are furthest from chance. ", count(seen as u64))
        }
        _ => String::new(),
    };
    let note = format!(
        "{some}By scenario: how often the rows would be shared if their scenarios alone decided. Lift: shared over that; the \
         picture goes from a quarter to four times. Distance: standard deviations from chance; of many values some are 2 or 3 \
         away, and those beyond chance are counted so that the risk of one false finding stays below 5 % (Holm). A click on a \
         value selects its rows."
    );
    format!(
        "{verdict}<div class=\"choices\">{menu}</div>{}{}",
        table("Share profile", &heads, lines),
        paragraph("muted note", &note)
    )
}

fn of_value(engine: &Engine, value: &ValueShare) -> String {
    let field = &engine.artifact.header.schema.fields[value.field];
    let head = match field.vocabulary.values().get(value.value as usize) {
        Some(text) => {
            let clause =
                Clause::Field { field: field.name.clone(), is: true, values: vec![text.clone()] };
            adds(vec![clause], &format!("{} = {text}", field.name))
        }
        None => format!("{}: {UNSEEN}", escape(&field.name)),
    };
    let (low, high) = value.interval();
    let rows = value.rows as f64;
    let lift = value.lift();
    line(
        &head,
        &[
            count(value.rows),
            percent(value.shared as f64 / rows),
            percent(value.expected / rows),
            fixed(lift, 2),
            whisker(lift, (low, high), 1.0, |x| 0.5 + x.max(1e-9).log2() / 4.0),
            format!("{} to {}", fixed(low, 2), fixed(high, 2)),
            signed(value.distance(), 1),
        ],
    )
}
