//! The change from the rows that a model was fitted on to later ones, in tables.

use crate::terminal::report::{count, number, table, wrap};
use ssim_core::drift::{BeforeNow, Drift, StabilityIndex};

/// The sentence about a model of which no counts are kept.
pub const NO_BASELINE: &str = "nothing can be said of drift: the model has no counts of the rows that it was fitted on, \
     because an earlier version of the program has fitted it";

/// A share as percent, `-` where it is not defined.
fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn pair(of: BeforeNow, cell: fn(Option<f64>) -> String) -> [String; 2] {
    [cell(of.before), cell(of.now)]
}

/// The index, and its value by chance.
fn index(of: Option<StabilityIndex>) -> [String; 2] {
    [number(of.map(|of| of.psi)), number(of.map(|of| of.by_chance))]
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The tables of fields and of scenarios. A column that no row has a number for is left out.
pub fn text(drift: &Drift) -> String {
    let [before, now] = drift.rows.map(count);
    let title =
        format!("Drift from the {before} rows that the model was fitted on to these {now}:");
    let mut fields = vec![head(&["field", "unseen before", "now", "PSI", "by chance"])];
    for field in &drift.fields {
        let cells = [vec![field.field.clone()], pair(field.unseen, percent).to_vec()];
        fields.push([cells.concat(), index(field.values).to_vec()].concat());
    }
    let names = ["scenario", "rows before", "now", "CTR before", "now", "predicted before", "now"];
    let mut scenarios = vec![head(&[&names[..], &["PSI", "by chance"]].concat())];
    for scenario in &drift.scenarios {
        let mut cells = vec![scenario.scenario.clone()];
        cells.extend(pair(scenario.rows, percent));
        cells.extend(pair(scenario.ctr, number));
        cells.extend(pair(scenario.predicted, number));
        cells.extend(index(scenario.predictions));
        scenarios.push(cells);
    }
    let about = wrap(
        "PSI is the population stability index, of a field's values and of a scenario's predicted CTRs; \
         by chance is its mean without any change. Above 0.25 more than by chance, a change is large.",
    );
    let tables = [table(&fields), table(&filled(&scenarios))].join("\n");
    format!("{}\n\n{tables}\n{about}\n", wrap(&title))
}

/// Leaves out pairs of columns in which nothing stands below the second head.
fn filled(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let is_filled = |c: &usize| {
        // The columns of a pair are 2n - 1 and 2n.
        let second = c + c % 2;
        *c == 0 || rows.iter().skip(1).any(|row| row.get(second).is_some_and(|cell| cell != "-"))
    };
    let columns = rows.first().map_or(0, Vec::len);
    let kept: Vec<usize> = (0..columns).filter(is_filled).collect();
    rows.iter().map(|row| kept.iter().filter_map(|c| row.get(*c).cloned()).collect()).collect()
}

/// Rows of which an index can be large by chance alone are too few for a warning.
const LEAST: u64 = 100;

/// A sentence that names the fields and scenarios with a large change; `None` if there are none, or fewer than
/// [`LEAST`] rows.
pub fn warning(drift: &Drift) -> Option<String> {
    if drift.rows[1] < LEAST {
        return None;
    }
    let is_large = |of: Option<StabilityIndex>| of.filter(|of| of.is_large()).map(|of| of.psi);
    let name = |what: &str, name: &str, psi: f64| format!("{what} \"{name}\" (PSI {psi:.2})");
    let fields = drift.fields.iter();
    let fields = fields.filter_map(|f| Some(name("field", &f.field, is_large(f.values)?)));
    let scenarios = drift.scenarios.iter();
    let scenarios =
        scenarios.filter_map(|s| Some(name("scenario", &s.scenario, is_large(s.predictions)?)));
    let named: Vec<String> = fields.chain(scenarios).collect();
    if named.is_empty() {
        return None;
    }
    let shown = crate::terminal::columns::list(&named, 6, 60);
    Some(wrap(&format!(
        "warning: these rows differ much from those that the model was fitted on: {shown}; --drift FILE says more"
    )))
}
