//! Tables for people, at most 80 columns wide.

use crate::terminal::{calibration, columns, out};
use ssim_core::artifact::record::{ClickRates, Record, ScenarioShare, Share, Timing};
use ssim_core::look::explained::BY_SCENARIO;
use ssim_core::metric::{Metric, Metrics, Report};

/// The columns of a terminal that a table may take.
const WIDTH: usize = 80;
/// The columns of a terminal that a name in a table with many columns may take.
const NAME: usize = 24;

/// Lines up cells: the first column to the left, the others to the right. A cell is one line, whatever
/// is in it. A table that is too wide is written in parts, each with the first column.
pub fn table(rows: &[Vec<String>]) -> String {
    let shown = |row: &Vec<String>| row.iter().map(|cell| out::shown(cell)).collect();
    let mut rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let mut widths = widths(&rows);
    if widths.iter().map(|width| width + 2).sum::<usize>() > WIDTH + 2 && widths.len() > 2 {
        rows.iter_mut().flatten().for_each(|cell| *cell = columns::short(cell, NAME));
        widths = self::widths(&rows);
    }
    let first = widths.first().copied().unwrap_or(0);
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut taken = first;
    for (column, width) in widths.iter().enumerate().skip(1) {
        taken += 2 + width;
        if taken > WIDTH && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
            taken = first + 2 + width;
        }
        parts.last_mut().into_iter().for_each(|part| part.push(column));
    }
    let part = |places: &Vec<usize>| {
        let line = |row: &Vec<String>| {
            let cells = places.iter().filter_map(|c| Some((row.get(*c)?, widths[*c])));
            let cells = cells.map(|(cell, width)| columns::pad(cell, width, false));
            let name = row.first().map(|cell| columns::pad(cell, first, true));
            let cells = name.into_iter().chain(cells).collect::<Vec<_>>();
            format!("{}\n", cells.join("  ").trim_end())
        };
        rows.iter().map(line).collect::<String>()
    };
    parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

/// The columns of a terminal that each column of a table takes.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let cells = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| columns::width(t)).max();
    (0..cells).map(|c| width(c).unwrap_or(0)).collect()
}

/// The same cells as a Markdown table; the first row is the head.
pub fn markdown(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (i, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| marked_down(cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
        if i == 0 {
            text.push_str(&format!("|---{}|\n", "|--:".repeat(row.len().saturating_sub(1))));
        }
    }
    text
}

/// A text on one line of Markdown, in which no character has another meaning. Underscores within a
/// word have none.
pub fn marked_down(text: &str) -> String {
    let mut escaped = String::new();
    let shown = out::shown(text);
    let mut before = ' ';
    let mut letters = shown.chars().peekable();
    while let Some(c) = letters.next() {
        let within =
            before.is_alphanumeric() && letters.peek().is_some_and(|c| c.is_alphanumeric());
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => escaped.extend(['\\', c]),
            '_' if !within => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
        before = c;
    }
    escaped
}

/// A metric with four digits, `-` where it is not defined.
pub fn number(x: Option<f64>) -> String {
    x.map_or("-".to_owned(), |x| format!("{x:.4}"))
}

/// A difference with its sign, `-` where it is not defined.
pub fn difference(x: Option<f64>) -> String {
    x.map_or("-".to_owned(), |x| format!("{x:+.4}"))
}

/// A p-value, `-` where it is not defined.
pub fn probability(p: Option<f64>) -> String {
    p.map_or("-".to_owned(), |p| if p < 0.0005 { format!("{p:.0e}") } else { format!("{p:.3}") })
}

/// A count with thin groups: 12 345 678.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(" ")
}

/// Bytes for people.
pub fn bytes(n: u64) -> String {
    match n {
        0..0x10_0000 => format!("{:.1} KiB", n as f64 / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", n as f64 / 1_048_576.0),
        _ => format!("{:.2} GiB", n as f64 / 1_073_741_824.0),
    }
}

/// A time for people.
pub fn duration(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.1} s"),
        ..5400.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// A text in lines of at most 80 columns, those after the first set in.
pub fn wrap(text: &str) -> String {
    let (mut wrapped, mut width) = (String::new(), 0);
    for word in text.split(' ') {
        let length = columns::width(word);
        if width > 0 && width + 1 + length > 80 {
            wrapped.push_str("\n  ");
            width = 2;
        } else if width > 0 {
            wrapped.push(' ');
            width += 1;
        }
        wrapped.push_str(word);
        width += length;
    }
    wrapped
}

/// Quality per scenario, by the metrics that every data set has.
pub fn quality(name: &str, report: &Report) -> String {
    let labels = Metric::known(false).map(Metric::label);
    let head = ["", "instances", "CTR"].into_iter().chain(labels);
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    let line = |name: String, m: &Metrics| {
        let values = Metric::known(false).map(|metric| number(m.get(metric)));
        [name, count(m.instances), number(m.ctr)].into_iter().chain(values).collect()
    };
    rows.push(line(name.to_owned(), &report.pooled));
    for s in &report.scenarios {
        rows.push(line(format!("  scenario {}", s.scenario), &s.metrics));
    }
    table(&rows)
}

/// How many rows are shared.
pub fn share(s: &Share) -> String {
    let percent = |a: u64, b: u64| format!("{:.1} %", 100.0 * a as f64 / b.max(1) as f64);
    let all: u64 = s.by_scenario.iter().map(|k| k.instances).sum();
    let head = ["", "instances", "shared", "share", "CTR shared", "CTR private"];
    let mut rows =
        vec![head[..if s.ctr.is_some() { 6 } else { 4 }].iter().map(|t| (*t).to_owned()).collect()];
    let line = |name: String, instances: u64, shared: u64, ctr: Option<ClickRates>| {
        let counts = [name, count(instances), count(shared), percent(shared, instances)];
        let rates = ctr.into_iter().flat_map(|r| [number(r.shared), number(r.private)]);
        counts.into_iter().chain(rates).collect::<Vec<_>>()
    };
    rows.push(line("list".into(), all, s.shared, s.ctr));
    for k in &s.by_scenario {
        rows.push(line(format!("  scenario {}", k.scenario), k.instances, k.shared, k.ctr));
    }
    let decides = s.scenario_r2.map(decides).unwrap_or_default();
    table(&rows) + &directed(s) + &decides
}

/// The towers that the rows of each scenario train, of a directed list: a line per scenario.
fn directed(s: &Share) -> String {
    let name = |k: usize| s.by_scenario.get(k).map_or("?", |scenario| &scenario.scenario);
    let line = |(from, scenario): (usize, &ScenarioShare)| {
        let to = s.borrowers.as_ref()?.of(from);
        let names: Vec<_> = to.iter().map(|to| name(usize::from(*to))).collect();
        let names = if names.is_empty() { "no other".to_owned() } else { names.join(", ") };
        let text = format!("shared rows of {} train the tower of: {names}", scenario.scenario);
        Some(format!("{}\n", wrap(&text)))
    };
    s.by_scenario.iter().enumerate().filter_map(line).collect()
}

/// A line about the part of the scores' variance that is the scenarios'.
pub fn decides(scenario_r2: f64) -> String {
    let by = if scenario_r2 < BY_SCENARIO { "row" } else { "scenario" };
    let part = 100.0 * scenario_r2;
    let text = format!(
        "The selector decides by {by}: {part:.1} % of its score's variance is the scenario's."
    );
    format!("{}\n", wrap(&text))
}

/// A phase's time in seconds.
pub fn seconds(phase: &Timing) -> String {
    phase.seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}"))
}

/// A run.
pub fn summary(s: &Record) -> String {
    let mut text = format!("{} {} on {}, seed {}\n\n", s.method, s.backbone, s.dataset, s.seed);
    let mut rows =
        vec![["", "epochs", "instances", "seconds", "per second"].map(str::to_owned).to_vec()];
    for p in &s.phases {
        rows.push(vec![
            p.phase.clone(),
            p.epochs.to_string(),
            count(p.instances),
            seconds(p),
            p.instances_per_second.map_or("-".to_owned(), |rate| count(rate as u64)),
        ]);
    }
    text.push_str(&table(&rows));
    text.push_str(&format!("\n{}\n{}\n", share(&s.share), quality("val", &s.val)));
    text.push_str(&quality("test", &s.test));
    if let Some(lines) = &s.calibration {
        text.push_str(&format!("\n{}", calibration::text(lines)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, markdown, table};
    use crate::terminal::columns::width;

    #[test]
    fn tables_fit_any_number_of_columns() {
        let row = |name: &str, n: usize, cell: &str| {
            let cells = (0..n).map(|i| format!("{cell}{i}"));
            [name.to_owned()].into_iter().chain(cells).collect::<Vec<_>>()
        };
        let long = "a scenario with a name that is longer than all others ";
        for (n, head) in [1, 4, 12, 60].into_iter().flat_map(|n| [(n, "tab "), (n, long)]) {
            let text = table(&[row("", n, head), row("ssim+-directed", n, "0.1234 ±.00")]);
            let widest = text.lines().map(width).max().unwrap_or(0);
            assert!(widest <= WIDTH, "{n} columns, {widest} wide:\n{text}");
            let parts = text.split("\n\n").count();
            let found = (text.matches('±').count(), text.matches("ssim+-directed").count());
            assert_eq!(found, (n, parts), "{text}");
        }
    }

    #[test]
    fn names_break_no_table() {
        let rows = [["", "AUC"], ["a|b\n<i>&\u{1b}[m", "0.7"], ["*_x_y*", "0.8*"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let text = markdown(&rows);
        let expected =
            "| a\\|b\u{fffd}&lt;i>&amp;\u{fffd}\\[m | 0.7 |\n| \\*\\_x_y\\* | 0.8\\* |\n";
        assert_eq!(text, format!("|  | AUC |\n|---|--:|\n{expected}"));
        let text = table(&rows);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("a|b\u{fffd}<i>&\u{fffd}[m"), "{text}");
    }
}
