//! The transfer ledger: the change of every tower's loss on the shared rows of every scenario.

use super::detail::Detail;
use super::html::{adds, line, menu, paragraph, signed, table, whisker};
use super::{LEAST, LINES};
use crate::engine::Engine;
use ssim_core::look::order::sorted;
use ssim_core::look::transfer::{LedgerLine, transfer as ledger};
use ssim_viz::{Clause, Op, count, escape};

/// The rows of a line: their scenario, and their value of a field if one is chosen.
type Segment = (u16, Option<u32>);

/// The ledger of the rows that are `shared` `[n]`.
pub fn transfer(engine: &Engine, shared: &[bool], detail: &Detail) -> String {
    let schema = &engine.artifact.header.schema;
    let seen = &engine.inspection;
    let Some(change) = &seen.change else {
        return paragraph(
            "note",
            "This file has no model that shares nothing, so it does not know how sharing changed a tower. `ssim sweep \
             --run RUN` trains one, and `ssim export --run RUN` writes it into the file.",
        );
    };
    let scenarios = &seen.sample.scenarios;
    let field = detail.number("f", schema.fields.len());
    let mut lines: Vec<LedgerLine<Segment>> = ledger(change, seen.towers, LEAST, |row| {
        let value = field.map(|field| engine.id(row, field));
        shared.get(row).copied().unwrap_or(false).then_some((scenarios[row], value))
    });
    // A tower always learns from its own scenario's rows.
    lines.retain(|line| usize::from(line.rows_of.0) != line.tower);
    let clear = |lines: &[LedgerLine<Segment>], sign: f64| {
        lines.iter().filter(|line| line.p < 0.05 && line.mean * sign > 0.0).count() as u64
    };
    let (better, worse) = (clear(&lines, -1.0), clear(&lines, 1.0));
    let verdict = match lines.len() as u64 {
        0 => format!("No scenario shares {LEAST} rows with the tower of another."),
        all => format!(
            "Of {} pairs of shared rows and a tower of another scenario, the tower predicts the rows better in {}, and worse \
             in {}, beyond chance.",
            count(all),
            count(better),
            count(worse)
        ),
    };
    let names = engine.scenario_names();
    let fields =
        schema.fields.iter().enumerate().map(|(f, field)| (f.to_string(), field.name.clone()));
    let options = [(String::new(), "scenario".to_owned())].into_iter().chain(fields);
    let chosen = field.map_or(String::new(), |f| f.to_string());
    let menu = menu(("Rows by", "transfer-field"), &detail.before("f"), options, &chosen);
    let own = own(engine, change, &names);
    let mut lines = farthest(lines);
    let all = lines.len();
    lines.truncate(LINES);
    let most = scale(&lines);
    let heads = ["shared rows of", "tower of", "rows", "change of loss", DRAWN, INTERVAL];
    let rows = lines.iter().map(|of| {
        let (scenario, value) = of.rows_of;
        let mut clauses = vec![
            Clause::Compare {
                column: "scenario".into(),
                op: Op::Equal,
                number: f64::from(scenario) + 1.0,
            },
            Clause::Compare { column: "shared".into(), op: Op::Equal, number: 1.0 },
        ];
        let mut words = names[usize::from(scenario)].clone();
        if let (Some(f), Some(value)) = (field, value) {
            let field = &schema.fields[f];
            words += &format!(", {} = {}", field.name, engine.value(f, value));
            if let Some(text) = field.vocabulary.values().get(value as usize) {
                let values = vec![text.clone()];
                clauses.push(Clause::Field { field: field.name.clone(), is: true, values });
            }
        }
        let mut cells = vec![escape(&names[of.tower])];
        cells.extend(numbers(of, most));
        line(&adds(clauses, &words), &cells)
    });
    let some = match all > LINES {
        true => {
            format!("The {LINES} of {} lines that are furthest from chance. ", count(all as u64))
        }
        false => String::new(),
    };
    let note = format!(
        "{some}Change of loss: of the file's model against the one that shares nothing, in thousandths, a mean over the \
         file's rows with a 95 % interval; below 0 the tower predicts these rows better. The model was trained on the run's \
         list, whatever is shared now. A tower that predicts another scenario's rows better has learnt from them; whether that helps \
         its own scenario is in the second table. Beyond chance: the risk of one false finding in the table is below 5 % (Holm). \
         A click selects the rows."
    );
    let ledger = match all {
        0 => String::new(),
        _ => table("Transfer to other towers", &heads, rows),
    };
    format!(
        "{}<div class=\"choices\">{menu}</div>{ledger}<h3>Every tower on its own scenario</h3>{own}{}",
        paragraph("strong", &verdict),
        paragraph("muted note", &note)
    )
}

const DRAWN: &str = "<th scope=\"col\"><span class=\"off\">95 % interval, drawn</span></th>";
const INTERVAL: &str = "95&nbsp;% interval";

/// The lines with the most certain changes first.
fn farthest<T: Clone>(lines: Vec<LedgerLine<T>>) -> Vec<LedgerLine<T>> {
    let far = |i: usize| lines[i].distance.abs();
    let order = sorted((0..lines.len()).collect(), &|a, b| far(b).total_cmp(&far(a)));
    order.into_iter().map(|i| lines[i].clone()).collect()
}

/// The towers on the rows of their own scenarios, the largest changes first.
fn own(engine: &Engine, change: &[f32], names: &[String]) -> String {
    let scenarios = &engine.inspection.sample.scenarios;
    let mut lines = ledger(change, engine.inspection.towers, LEAST, |row| Some(scenarios[row]));
    lines.retain(|line| usize::from(line.rows_of) == line.tower);
    let mut lines = farthest(lines);
    lines.truncate(LINES);
    let most = scale(&lines);
    let heads = ["scenario", "rows", "change of loss", DRAWN, INTERVAL];
    let rows = lines.iter().map(|of| line(&escape(&names[of.tower]), &numbers(of, most)));
    table("Towers on their own scenarios", &heads, rows)
}

/// The largest end of an interval.
fn scale<T>(lines: &[LedgerLine<T>]) -> f64 {
    let ends = lines.iter().flat_map(|line| [line.interval.0.abs(), line.interval.1.abs()]);
    ends.fold(1e-9, f64::max)
}

/// Rows, change and interval.
fn numbers<T>(of: &LedgerLine<T>, most: f64) -> [String; 4] {
    let thousandths = |x: f64| signed(1000.0 * x, 1);
    let (low, high) = of.interval;
    [
        count(of.rows),
        thousandths(of.mean),
        whisker(of.mean, of.interval, 0.0, |x| 0.5 + 0.5 * x / most),
        format!("{} to {}", thousandths(low), thousandths(high)),
    ]
}
