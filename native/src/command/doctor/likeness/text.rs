//! The likeness of scenarios for people: the answer in words first, then tables.

use super::{Gain, Likeness, Pair, Transfer};
use crate::terminal::columns::{list, short};
use crate::terminal::report::{count, difference, number, probability, table, wrap};
use ssim_core::look::likeness::{Finding, LEVEL};
use ssim_core::method::Method;

/// Number of columns that a scenario's name takes in a table, and in a sentence.
const NAME: usize = 21;
const WORD: usize = 30;
/// Number of scenarios that a sentence names.
const NAMED: usize = 8;

/// Makes the text: sentences, and a table each of the gains and of the towers.
pub fn text(likeness: &Likeness) -> String {
    let Likeness { scenarios, transfer, .. } = likeness;
    let sentences = [answer(scenarios), overall(likeness), foreign(transfer)];
    let mut text = String::new();
    for sentence in sentences.into_iter().chain(caveats(likeness)) {
        text += &format!("{}\n", wrap(&sentence));
    }
    text += &format!("\n{}", gains(likeness));
    if !transfer.is_empty() {
        text += &format!("\n{}", towers(likeness));
    }
    text
}

/// Names the scenarios that sharing helps and those that it hurts.
fn answer(gains: &[Gain]) -> String {
    let named = |finding: Finding| -> Vec<String> {
        let found = gains.iter().filter(|g| g.pair.as_ref().is_some_and(|p| p.finding == finding));
        found.map(|gain| gain.scenario.clone()).collect()
    };
    let part = |names: &[String], of: &str| match names {
        [] => format!("none{of}"),
        names => format!("{}{of} ({})", names.len(), list(names, NAMED, WORD)),
    };
    let helps = part(&named(Finding::Higher), &format!(" of {} scenarios", gains.len()));
    let hurts = part(&named(Finding::Lower), "");
    match named(Finding::Open).len() {
        0 => format!("Sharing helps {helps} and hurts {hurts}."),
        n => format!("Sharing helps {helps} and hurts {hurts}; for {n} it cannot be told."),
    }
}

/// Says the gain over all scenarios.
fn overall(likeness: &Likeness) -> String {
    let measured = likeness.scenarios.iter().filter(|gain| gain.pair.is_some()).count();
    let Some(all) = &likeness.all else {
        return "No scenario has enough validation rows of both labels to compare models on."
            .into();
    };
    let Pair { gain, interval: (low, high), p, .. } = all;
    let p = probability(*p);
    let across = match all.finding {
        Finding::Higher => "helps on average",
        Finding::Lower => "hurts on average",
        Finding::Open => "neither helps nor hurts on average, as far as can be told",
    };
    let (of, left) = (measured, likeness.scenarios.len() - measured);
    let left = match left {
        0 => String::new(),
        n => format!(", without {n} with too few rows of either label"),
    };
    format!(
        "It {across}: AUC {gain:+.4} ({low:+.4} to {high:+.4}, p = {p}), weighted by the rows of {of} scenarios{left}."
    )
}

/// Names the towers that do better than a scenario's own.
fn foreign(transfer: &[Transfer]) -> String {
    let better = |t: &&Transfer| t.pair.as_ref().is_some_and(|p| p.finding == Finding::Higher);
    let better: Vec<&Transfer> = transfer.iter().filter(better).collect();
    let name = |name: &String| short(name, WORD);
    let pairs = better.iter().map(|t| format!("{} on {}", name(&t.tower), name(&t.scenario)));
    match better.len() {
        0 => "No tower does better than the own one on the rows of another scenario.".into(),
        n => {
            let pairs = list(&pairs.collect::<Vec<_>>(), NAMED, usize::MAX);
            format!(
                "Towers that do better than the own one on the rows of another scenario: {n} ({pairs})."
            )
        }
    }
}

/// Says what limits the answer.
fn caveats(likeness: &Likeness) -> Vec<String> {
    let (one, own) = (Method::St.name(), Method::Mt.name());
    let (rows, seeds) = (count(likeness.fit_rows), likeness.seeds.len());
    let mut caveats = vec![format!(
        "Measured with {one} (one tower for all) and {own} (a tower for each), {seeds} seeds each, on the \
         validation rows. A model has visited at most {rows} train rows. Intervals and p are for other rows \
         and other seeds; where rows depend on each other, as those of a day do, both are too small."
    )];
    if likeness.is_cut {
        caveats.push(format!(
            "This limit (--fit-rows) has ended a fit before its AUC stopped rising, which favours {one}: a \
             tower of a few rows takes longer to learn."
        ));
    }
    if !likeness.scenario_is_field {
        caveats.push(format!(
            "No field says the scenario, so {one} cannot tell scenarios apart; as a field it might do better."
        ));
    }
    caveats
}

/// Makes the table of gains, the largest scenario first.
fn gains(likeness: &Likeness) -> String {
    let (one, own) = (Method::St.name(), Method::Mt.name());
    let gain = format!("{one} - {own}");
    let head = ["val AUC", "rows", one, own, &gain, "±", "p", ""];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    let line = |name: String, rows: usize, pair: Option<&Pair>, sharing: Option<&str>| {
        // An interval that is cut at 1 is narrower on one side.
        let half = |p: &Pair| (p.interval.1 - p.gain).max(p.gain - p.interval.0);
        vec![
            name,
            count(rows as u64),
            number(pair.map(|p| p.auc)),
            number(pair.map(|p| p.auc_own)),
            difference(pair.map(|p| p.gain)),
            number(pair.map(half)),
            probability(pair.and_then(|p| p.p_corrected)),
            sharing.unwrap_or_default().to_owned(),
        ]
    };
    let mut order: Vec<&Gain> = likeness.scenarios.iter().collect();
    order.sort_by_key(|gain| std::cmp::Reverse(gain.rows));
    lines.extend(order.into_iter().map(|gain| {
        let name = format!("  {}", short(&gain.scenario, NAME - 2));
        line(name, gain.rows, gain.pair.as_ref(), gain.sharing)
    }));
    let rows = likeness.scenarios.iter().filter(|gain| gain.pair.is_some()).map(|gain| gain.rows);
    lines.push(line("all (GAUC)".to_owned(), rows.sum(), likeness.all.as_ref(), None));
    format!(
        "{}{}\n",
        table(&lines),
        wrap("±: 95 % interval. p: corrected for the number of scenarios (Holm).")
    )
}

/// Makes the table of towers, a line per scenario and a column per tower.
fn towers(likeness: &Likeness) -> String {
    let mut names: Vec<&String> = likeness.transfer.iter().map(|t| &t.scenario).collect();
    names.dedup();
    let k = names.len();
    let mut lines = vec![vec!["rows of, tower of".to_owned()]];
    lines[0].extend((1..=k).map(|number| number.to_string()));
    for (number, (name, line)) in (1..).zip(names.iter().zip(likeness.transfer.chunks(k))) {
        let mut cells = vec![format!("{number:>2} {}", short(name, 17))];
        cells.extend(line.iter().map(|t| match &t.pair {
            None => "-".to_owned(),
            Some(pair) if pair.finding == Finding::Open => ".".to_owned(),
            Some(pair) => format!("{:+.0}", 1000.0 * pair.gain),
        }));
        lines.push(cells);
    }
    let which = match likeness.scenarios.len() {
        n if n > k => format!("the {k} scenarios with most validation rows"),
        _ => "every scenario".to_owned(),
    };
    let about = format!(
        "AUC of each tower less that of the own tower, in thousandths, on the rows of {which}. A dot: they \
         cannot be told apart (p ≥ {LEVEL}, corrected for all pairs). --json has the intervals."
    );
    format!("{}{}\n", table(&lines), wrap(&about))
}
