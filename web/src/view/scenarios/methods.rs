//! A table of methods × scenarios that can be saved or copied.

use crate::view::save;
use crate::view::state::PageState;
use crate::view::text::metric;
use leptos::prelude::*;
use ssim_figure::measured::Mean;
use ssim_figure::methods::MethodLine;

/// The table, with buttons that save it as CSV or copy it as Markdown or LaTeX.
#[component]
pub fn Table(page: PageState, rows: Memo<Vec<MethodLine>>, names: Vec<String>) -> impl IntoView {
    let head: Vec<String> = names.iter().cloned().chain(["all".into()]).collect();
    let heads = head.iter().map(|n| view! { <th scope="col">{n.clone()}</th> }).collect_view();
    let lower = move || page.address.with(|a| a.metric.is_lower_better());
    let body = move || {
        let rows = rows.get();
        let best = |c: usize| {
            let values = rows.iter().filter_map(|l| Some(cell(l, c)?.mean));
            values.reduce(if lower() { f64::min } else { f64::max })
        };
        let lines = rows.iter().map(|line| {
            let cells = (0..=line.scenarios.len()).map(|c| {
                let value = cell(line, c);
                let strong = value.is_some_and(|m| Some(m.mean) == best(c));
                let half = value.and_then(|m| m.interval).map(|(low, high)| {
                    view! { <span class="muted">{format!(" ± {}", metric(Some((high - low) / 2.0)))}</span> }
                });
                view! { <td class:strong=strong>{metric(value.map(|m| m.mean))}{half}</td> }
            });
            view! { <tr><th scope="row">{line.name.clone()}</th>{cells.collect_view()}</tr> }
        });
        lines.collect_view()
    };
    let title = move || format!("Test {}", page.address.with(|a| a.metric.label()));
    let copies = StoredValue::new(head);
    let text = move |form: Form| copies.with_value(|head| write(form, head, &rows.get_untracked()));
    view! {
        <div class="card">
            <h2 class="small" id="methods">{title}</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Methods, scrollable">
                <table aria-labelledby="methods">
                    <thead><tr><th scope="col">"method"</th>{heads}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
            <p class="buttons note">
                <button type="button" class="quiet" on:click=move |_| save::save("methods.csv", "text/csv", &text(Form::Csv))>"CSV"</button>
                <button type="button" class="quiet" on:click=move |_| save::copy(&text(Form::Markdown))>"Copy as Markdown"</button>
                <button type="button" class="quiet" on:click=move |_| save::copy(&text(Form::Latex))>"Copy as LaTeX"</button>
                <span class="muted">"planted was trained on the true list, which no method can know."</span>
            </p>
        </div>
    }
}

/// The metric of a scenario; the one over all rows for the index after the last scenario.
fn cell(line: &MethodLine, c: usize) -> Option<&Mean> {
    line.scenarios.get(c).unwrap_or(&line.all).as_ref()
}

/// The formats of the saved table.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Markdown,
    Latex,
}

fn write(form: Form, head: &[String], lines: &[MethodLine]) -> String {
    let value = |m: Option<&Mean>| match (form, m) {
        (_, None) => String::new(),
        (Form::Csv, Some(m)) => m.mean.to_string(),
        (Form::Markdown, Some(m)) => metric(Some(m.mean)),
        (Form::Latex, Some(m)) => format!("${}$", metric(Some(m.mean)).replace('−', "-")),
    };
    let rows = lines.iter().map(|line| {
        let cells = (0..=line.scenarios.len()).map(|c| value(cell(line, c)));
        [line.name.clone()].into_iter().chain(cells).collect::<Vec<_>>()
    });
    let head = ["method".to_owned()].into_iter().chain(head.iter().cloned()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = [head].into_iter().chain(rows).collect();
    match form {
        Form::Csv => rows.iter().map(|r| r.join(",") + "\n").collect(),
        Form::Markdown => {
            let rule = format!("|---{}|\n", "|--:".repeat(rows[0].len() - 1));
            let line = |r: &Vec<String>| format!("| {} |\n", r.join(" | "));
            line(&rows[0]) + &rule + &rows[1..].iter().map(line).collect::<String>()
        }
        Form::Latex => {
            let body: String =
                rows.iter().map(|r| r.join(" & ").replace('%', "\\%") + " \\\\\n").collect();
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
        let mean = Some(Mean { mean: 0.5, interval: None, seeds: vec![0.5] });
        let line = MethodLine {
            method: "ssim".into(),
            name: "ssim 30 %".into(),
            shares: true,
            scenarios: vec![mean, None],
            all: None,
        };
        let head = ["a".to_owned(), "b".to_owned(), "all".to_owned()];
        let of = |form| write(form, &head, std::slice::from_ref(&line));
        assert_eq!(of(Form::Csv), "method,a,b,all\nssim 30 %,0.5,,\n");
        assert_eq!(
            of(Form::Markdown),
            "| method | a | b | all |\n|---|--:|--:|--:|\n| ssim 30 % | 0.5000 |  |  |\n"
        );
        assert!(of(Form::Latex).contains("ssim 30 \\% & $0.5000$ &  &  \\\\"));
    }
}
