//! The contents of the file: its fields, the CTR model and the selector.

use super::text::widths;
use crate::protocol::Overview;
use leptos::prelude::*;
use ssim_viz::{count, escape};
use std::sync::Arc;

#[component]
pub fn Networks(overview: Arc<Overview>) -> impl IntoView {
    let buckets = overview.fields.iter().any(|f| !f.buckets.is_empty());
    let mut heads = vec!["field", "values"];
    heads.extend(buckets.then_some("buckets"));
    let heads = heads.iter().map(|h| format!("<th scope=\"col\">{h}</th>")).collect::<String>();
    let mut table = format!("<thead><tr>{heads}</tr></thead><tbody>");
    for field in &overview.fields {
        let name = escape(&field.name);
        table +=
            &format!("<tr><th scope=\"row\">{name}</th><td>{}</td>", count(field.values as u64));
        if buckets {
            table += &format!("<td>{}</td>", escape(&field.buckets));
        }
        table += "</tr>";
    }
    table += "</tbody>";
    let number = |n: usize| count(n as u64);
    let size = &overview.model;
    let model = list(&[
        ("backbone", size.backbone.clone()),
        ("embedding table", format!("{} × {}", number(size.features), size.dim)),
        ("embedded row", number(size.width)),
        ("towers", size.towers.to_string()),
        ("hidden layers", widths(&size.mlp)),
        ("other parameters", number(size.parameters)),
    ]);
    let selector = match &overview.selector {
        Some(size) => list(&[
            ("hidden layers", widths(&size.mlp)),
            ("heads", size.heads.to_string()),
            ("parameters", number(size.parameters)),
        ]),
        None => "<p class=\"muted\">This run had none.</p>".to_owned(),
    };
    let sizes = format!("<h3>CTR model</h3>{model}<h3>Selection network</h3>{selector}");
    view! {
        <section aria-labelledby="inside">
            <h2 id="inside">"Inside the file"</h2>
            <div class="beside">
                <div class="card">
                    <h3 id="fields">"Fields"</h3>
                    <div class="scroll" tabindex="0" role="region" aria-label="Fields, scrollable">
                        <table aria-labelledby="fields" inner_html=table></table>
                    </div>
                    <p class="muted note">
                        "Values seen in training; all others share one more id per field."
                    </p>
                </div>
                <div class="card" inner_html=sizes></div>
            </div>
        </section>
    }
}

/// Names and their values as an HTML list.
fn list(lines: &[(&str, String)]) -> String {
    let line =
        |(name, value): &(&str, String)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value));
    format!("<dl>{}</dl>", lines.iter().map(line).collect::<String>())
}
