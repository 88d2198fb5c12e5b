//! A metric of every scenario under every method: as a chart, as changes from no sharing, and as a table that can be
//! saved or copied.

use super::named;
use super::story::{ENDS, OURS};
use crate::cell;
use crate::engine::Engine;
use crate::protocol::{FileForm, MethodsWanted};
use crate::text::metric;
use ssim_core::method::PLANTED;
use ssim_figure::measured::Mean;
use ssim_figure::methods::{MethodLine, chart, estimate};
use ssim_viz::{COLOURED, Change, MetricsChart, Slope, by_size, escape, seen};

/// The most scenarios with a line of change.
const LINES: usize = 12;

impl Engine {
    pub(super) fn metrics(&self, wanted: &MethodsWanted) -> MetricsChart {
        let (names, tested) = (self.scenario_names(), &self.overview.tested);
        chart(named(&wanted.metric), &names, tested, &self.lines(wanted), wanted.picks)
    }

    /// The change of the metric in every scenario from training without sharing to the selector's list.
    pub(super) fn change(&self, wanted: &MethodsWanted) -> Slope {
        let (metric, names, lines) =
            (named(&wanted.metric), self.scenario_names(), self.lines(wanted));
        let sides = [ENDS[0], OURS].map(|method| lines.iter().find(|l| l.method == method));
        let shown = seen(&self.overview.tested, wanted.picks, LINES);
        let changes = shown.iter().filter_map(|k| {
            let estimates = sides.map(|side| side?.scenarios.get(*k)?.as_ref().map(estimate));
            Some(Change { scenario: names.get(*k)?.clone(), estimates })
        });
        let name = |side: usize| {
            sides[side].map_or([ENDS[0], OURS][side].to_owned(), |line| line.name.clone())
        };
        Slope {
            title: format!("Test {} from sharing nothing to SSIM", metric.label()),
            note: String::new(),
            methods: [(name(0), false), (name(1), true)],
            changes: changes.collect(),
            less_is_better: metric.is_lower_better(),
        }
    }

    /// The table as HTML. If the scenarios are many, each is a row, and the methods are the columns.
    pub(super) fn methods(&self, wanted: &MethodsWanted) -> String {
        let (head, lines) = (self.head(), self.lines(wanted));
        let (all, lower) = (head.len() - 1, named(&wanted.metric).is_lower_better());
        let best: Vec<Option<f64>> = (0..=all)
            .map(|c| {
                let values = lines.iter().filter_map(|l| Some(measured(l, c)?.mean));
                values.reduce(if lower { f64::min } else { f64::max })
            })
            .collect();
        let cell = |line: &MethodLine, c: usize| {
            let value = measured(line, c);
            let strong = lines.len() > 1 && value.is_some_and(|m| Some(m.mean) == best[c]);
            let class = if strong { " class=\"strong\"" } else { "" };
            let half = value.and_then(|m| m.interval).map_or(String::new(), |(low, high)| {
                format!("<span class=\"muted\"> ± {}</span>", metric(Some((high - low) / 2.0)))
            });
            format!("<td{class}>{}{half}</td>", metric(value.map(|m| m.mean)))
        };
        let th = |name: &str, scope: &str| format!("<th scope=\"{scope}\">{}</th>", escape(name));
        let (kind, heads, body): (_, String, String);
        if all > COLOURED {
            // All rows together, then the largest scenario first.
            let order = [all].into_iter().chain(by_size(&self.overview.tested));
            let row = |c: usize| {
                let cells = lines.iter().map(|line| cell(line, c)).collect::<String>();
                format!("<tr>{}{cells}</tr>", th(&head[c], "row"))
            };
            kind = "scenario";
            heads = lines.iter().map(|line| th(&line.name, "col")).collect();
            body = order.filter(|c| *c <= all).map(row).collect();
        } else {
            let row = |line: &MethodLine| {
                let cells = (0..=all).map(|c| cell(line, c)).collect::<String>();
                format!("<tr>{}{cells}</tr>", th(&line.name, "row"))
            };
            kind = "method";
            heads = head.iter().map(|name| th(name, "col")).collect();
            body = lines.iter().map(row).collect();
        }
        let planted = match lines.iter().any(|line| line.method == PLANTED) {
            true => {
                "<p class=\"muted note\">planted was trained on the true list, which no method can know.</p>"
            }
            false => "",
        };
        format!(
            "<h2 class=\"small\" id=\"methods\">Test {}</h2>\
             <div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Methods, scrollable\">\
             <table aria-labelledby=\"methods\"><thead><tr>{}{heads}</tr></thead><tbody>{body}</tbody></table></div>{planted}",
            named(&wanted.metric).label(),
            th(kind, "col"),
        )
    }

    /// The table for another program.
    pub(super) fn methods_file(&self, wanted: &MethodsWanted, form: FileForm) -> String {
        write(form, &self.head(), &self.lines(wanted))
    }

    /// Names of the scenarios, and of all rows together.
    fn head(&self) -> Vec<String> {
        self.scenario_names().into_iter().chain(["all".to_owned()]).collect()
    }
}

/// The metric of a scenario; the one over all rows for the index after the last scenario.
fn measured(line: &MethodLine, c: usize) -> Option<&Mean> {
    line.scenarios.get(c).unwrap_or(&line.all).as_ref()
}

/// The table with its half intervals, and the number of seeds of every line.
fn write(form: FileForm, head: &[String], lines: &[MethodLine]) -> String {
    let name = match form {
        FileForm::Csv => cell::csv,
        FileForm::Markdown => cell::markdown,
        FileForm::Latex => cell::latex,
    };
    // CSV has the half interval of a value in a column of its own.
    let columns = if form == FileForm::Csv { 2 } else { 1 };
    let half = |m: &Mean| m.interval.map(|(low, high)| (high - low) / 2.0);
    let value = |m: Option<&Mean>| {
        let Some(m) = m else { return vec![String::new(); columns] };
        let [mean, around] = [Some(m.mean), half(m)].map(|x| x.map(|x| metric(Some(x))));
        let (mean, around) = (mean.unwrap_or_default(), around.unwrap_or_default());
        match form {
            FileForm::Csv => {
                vec![m.mean.to_string(), half(m).map_or(String::new(), |half| half.to_string())]
            }
            FileForm::Markdown if around.is_empty() => vec![mean],
            FileForm::Markdown => vec![format!("{mean} ± {around}")],
            FileForm::Latex if around.is_empty() => vec![format!("${}$", mean.replace('−', "-"))],
            FileForm::Latex => vec![format!("${} \\pm {around}$", mean.replace('−', "-"))],
        }
    };
    let rows = lines.iter().map(|line| {
        let all = line.all.iter().chain(line.scenarios.iter().flatten());
        let seeds = all.map(|m| m.seeds.len()).max().unwrap_or(0).to_string();
        let cells = (0..=line.scenarios.len()).flat_map(|c| value(measured(line, c)));
        [name(&line.name)].into_iter().chain(cells).chain([seeds]).collect::<Vec<_>>()
    });
    let heads = head.iter().flat_map(|h| match form {
        FileForm::Csv => vec![name(h), name(&format!("{h} ±"))],
        _ => vec![name(h)],
    });
    let head = ["method".to_owned()].into_iter().chain(heads).chain(["seeds".to_owned()]);
    let rows: Vec<Vec<String>> = [head.collect()].into_iter().chain(rows).collect();
    match form {
        FileForm::Csv => rows.iter().map(|r| r.join(",") + "\n").collect(),
        FileForm::Markdown => {
            let rule = format!("|---{}|\n", "|--:".repeat(rows[0].len() - 1));
            let line = |r: &Vec<String>| format!("| {} |\n", r.join(" | "));
            line(&rows[0]) + &rule + &rows[1..].iter().map(line).collect::<String>()
        }
        FileForm::Latex => {
            let body: String = rows.iter().map(|r| r.join(" & ") + " \\\\\n").collect();
            format!(
                "\\begin{{tabular}}{{l{}}}\n{body}\\end{{tabular}}\n",
                "r".repeat(rows[0].len() - 1)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_one_table() {
        let mean = Mean { mean: 0.5, interval: Some((0.25, 0.75)), seeds: vec![0.4, 0.6] };
        let line = MethodLine {
            method: "ssim".into(),
            name: "ssim 30 %".into(),
            shares: true,
            scenarios: vec![Some(mean), None],
            all: None,
        };
        let head = ["a, b".to_owned(), "c|d_1".to_owned(), "all".to_owned()];
        let of = |form| write(form, &head, std::slice::from_ref(&line));
        assert_eq!(
            of(FileForm::Csv),
            "method,\"a, b\",\"a, b ±\",c|d_1,c|d_1 ±,all,all ±,seeds\nssim 30 %,0.5,0.25,,,,,2\n"
        );
        assert_eq!(
            of(FileForm::Markdown),
            "| method | a, b | c\\|d\\_1 | all | seeds |\n|---|--:|--:|--:|--:|\n\
             | ssim 30 % | 0.5000 ± 0.2500 |  |  | 2 |\n"
        );
        assert!(
            of(FileForm::Latex).contains("ssim 30 \\% & $0.5000 \\pm 0.2500$ &  &  & 2 \\\\"),
            "{}",
            of(FileForm::Latex)
        );
        assert!(of(FileForm::Latex).contains("c|d\\_1"));
    }
}
