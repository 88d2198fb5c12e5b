//! A table of methods × scenarios that can be saved or copied.

use crate::view::cell;
use crate::view::save;
use crate::view::state::PageState;
use crate::view::text::metric;
use leptos::prelude::*;
use ssim_core::method::PLANTED;
use ssim_figure::measured::Mean;
use ssim_figure::methods::MethodLine;
use ssim_viz::escape;

/// The table, with buttons that save it as CSV or copy it as Markdown or LaTeX.
#[component]
pub fn Table(
    page: PageState,
    rows: Memo<Vec<MethodLine>>,
    names: Vec<String>,
    /// Whether the scenarios are so many that each is a row, and the methods are the columns.
    many: bool,
) -> impl IntoView {
    let head: Vec<String> = names.iter().cloned().chain(["all".into()]).collect();
    let names = head.clone();
    let lower = move || page.address.with(|a| a.metric.is_lower_better());
    // One text is made faster than a view of every cell, and there may be hundreds of lines.
    let table = move || {
        let rows = rows.get();
        let all = names.len() - 1;
        let best = |c: usize| {
            let values = rows.iter().filter_map(|l| Some(measured(l, c)?.mean));
            values.reduce(if lower() { f64::min } else { f64::max })
        };
        let cell = |line: &MethodLine, c: usize| {
            let value = measured(line, c);
            let strong = value.is_some_and(|m| Some(m.mean) == best(c));
            let class = if strong { " class=\"strong\"" } else { "" };
            let half = value.and_then(|m| m.interval).map_or(String::new(), |(low, high)| {
                format!("<span class=\"muted\"> ± {}</span>", metric(Some((high - low) / 2.0)))
            });
            format!("<td{class}>{}{half}</td>", metric(value.map(|m| m.mean)))
        };
        // The largest scenario first, and above it all rows together.
        let colouring = page.derived.colouring.get();
        let order = [&all].into_iter().chain(&colouring.order).copied().filter(|c| *c <= all);
        let order: Vec<usize> = if many { order.collect() } else { (0..=all).collect() };
        let head = |name: &str, scope: &str| format!("<th scope=\"{scope}\">{}</th>", escape(name));
        let methods = || rows.iter().map(|line| head(&line.name, "col"));
        let (kind, heads) = match many {
            true => ("scenario", methods().collect::<String>()),
            false => ("method", order.iter().map(|c| head(&names[*c], "col")).collect()),
        };
        let mut text =
            format!("<thead><tr><th scope=\"col\">{kind}</th>{heads}</tr></thead><tbody>");
        let mut put = |name: &str, cells: String| {
            text += &format!("<tr>{}{cells}</tr>", head(name, "row"));
        };
        if many {
            for c in &order {
                put(&names[*c], rows.iter().map(|line| cell(line, *c)).collect());
            }
        } else {
            for line in &rows {
                put(&line.name, order.iter().map(|c| cell(line, *c)).collect());
            }
        }
        text + "</tbody>"
    };
    let planted = move || {
        let there = rows.with(|rows| rows.iter().any(|line| line.method == PLANTED));
        there.then(|| view! {
            <span class="muted">"planted was trained on the true list, which no method can know."</span>
        })
    };
    let title = move || format!("Test {}", page.address.with(|a| a.metric.label()));
    let copies = StoredValue::new(head);
    let text = move |form: Form| copies.with_value(|head| write(form, head, &rows.get_untracked()));
    view! {
        <div class="card">
            <h2 class="small" id="methods">{title}</h2>
            <div class="scroll tall" tabindex="0" role="region" aria-label="Methods, scrollable">
                <table aria-labelledby="methods" inner_html=table></table>
            </div>
            <p class="buttons note">
                <button type="button" class="quiet" on:click=move |_| save::save("methods.csv", "text/csv", &text(Form::Csv))>"CSV"</button>
                <button type="button" class="quiet" on:click=move |_| save::copy(&text(Form::Markdown))>"Copy as Markdown"</button>
                <button type="button" class="quiet" on:click=move |_| save::copy(&text(Form::Latex))>"Copy as LaTeX"</button>
                {planted}
            </p>
        </div>
    }
}

/// The metric of a scenario; the one over all rows for the index after the last scenario.
fn measured(line: &MethodLine, c: usize) -> Option<&Mean> {
    line.scenarios.get(c).unwrap_or(&line.all).as_ref()
}

/// The formats of the saved table.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Markdown,
    Latex,
}

/// The table with its half intervals, and the number of seeds of every line.
fn write(form: Form, head: &[String], lines: &[MethodLine]) -> String {
    let name = match form {
        Form::Csv => cell::csv,
        Form::Markdown => cell::markdown,
        Form::Latex => cell::latex,
    };
    let half = |m: &Mean| m.interval.map(|(low, high)| (high - low) / 2.0);
    let value = |m: Option<&Mean>| {
        let Some(m) = m else { return vec![String::new(); form.columns()] };
        let [mean, around] = [Some(m.mean), half(m)].map(|x| x.map(|x| metric(Some(x))));
        let (mean, around) = (mean.unwrap_or_default(), around.unwrap_or_default());
        match form {
            Form::Csv => {
                vec![m.mean.to_string(), half(m).map_or(String::new(), |half| half.to_string())]
            }
            Form::Markdown if around.is_empty() => vec![mean],
            Form::Markdown => vec![format!("{mean} ± {around}")],
            Form::Latex if around.is_empty() => vec![format!("${}$", mean.replace('−', "-"))],
            Form::Latex => vec![format!("${} \\pm {around}$", mean.replace('−', "-"))],
        }
    };
    let rows = lines.iter().map(|line| {
        let all = line.all.iter().chain(line.scenarios.iter().flatten());
        let seeds = all.map(|m| m.seeds.len()).max().unwrap_or(0).to_string();
        let cells = (0..=line.scenarios.len()).flat_map(|c| value(measured(line, c)));
        [name(&line.name)].into_iter().chain(cells).chain([seeds]).collect::<Vec<_>>()
    });
    let heads = head.iter().flat_map(|h| match form {
        Form::Csv => vec![name(h), name(&format!("{h} ±"))],
        _ => vec![name(h)],
    });
    let head = ["method".to_owned()].into_iter().chain(heads).chain(["seeds".to_owned()]);
    let rows: Vec<Vec<String>> = [head.collect()].into_iter().chain(rows).collect();
    match form {
        Form::Csv => rows.iter().map(|r| r.join(",") + "\n").collect(),
        Form::Markdown => {
            let rule = format!("|---{}|\n", "|--:".repeat(rows[0].len() - 1));
            let line = |r: &Vec<String>| format!("| {} |\n", r.join(" | "));
            line(&rows[0]) + &rule + &rows[1..].iter().map(line).collect::<String>()
        }
        Form::Latex => {
            let body: String = rows.iter().map(|r| r.join(" & ") + " \\\\\n").collect();
            format!(
                "\\begin{{tabular}}{{l{}}}\n{body}\\end{{tabular}}\n",
                "r".repeat(rows[0].len() - 1)
            )
        }
    }
}

impl Form {
    /// Number of columns of a value: CSV has its half interval in a column of its own.
    fn columns(self) -> usize {
        if matches!(self, Self::Csv) { 2 } else { 1 }
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
            of(Form::Csv),
            "method,\"a, b\",\"a, b ±\",c|d_1,c|d_1 ±,all,all ±,seeds\nssim 30 %,0.5,0.25,,,,,2\n"
        );
        assert_eq!(
            of(Form::Markdown),
            "| method | a, b | c\\|d\\_1 | all | seeds |\n|---|--:|--:|--:|--:|\n\
             | ssim 30 % | 0.5000 ± 0.2500 |  |  | 2 |\n"
        );
        assert!(
            of(Form::Latex).contains("ssim 30 \\% & $0.5000 \\pm 0.2500$ &  &  & 2 \\\\"),
            "{}",
            of(Form::Latex)
        );
        assert!(of(Form::Latex).contains("c|d\\_1"));
    }
}
