//! The contents of the file: its fields, the CTR model and the selector.

use crate::engine::Engine;
use crate::text::widths;
use ssim_core::parameters::Parameters;
use ssim_core::selector::Scorer;
use ssim_core::vocabulary::Transform;
use ssim_viz::{count, escape};

impl Engine {
    pub(super) fn inside(&self) -> String {
        let header = &self.artifact.header;
        let (schema, seen) = (&header.schema, &self.inspection);
        let fields = schema.fields.iter().map(|field| {
            let buckets = match &field.transform {
                Transform::None => String::new(),
                Transform::Log2 => "log²".into(),
                Transform::Quantile(bounds) => format!("{} quantiles", bounds.len() + 1),
            };
            [escape(&field.name), number(field.vocabulary.len()), buckets]
        });
        let fields: Vec<[String; 3]> = fields.collect();
        let columns = 2 + usize::from(fields.iter().any(|[.., buckets]| !buckets.is_empty()));
        let heads = ["field", "values", "buckets"].map(|h| format!("<th scope=\"col\">{h}</th>"));
        let line = |field: &[String; 3]| {
            let cells = field[1..columns].iter().map(|cell| format!("<td>{cell}</td>"));
            format!("<tr><th scope=\"row\">{}</th>{}</tr>", field[0], cells.collect::<String>())
        };
        let table = format!(
            "<thead><tr>{}</tr></thead><tbody>{}</tbody>",
            heads[..columns].concat(),
            fields.iter().map(line).collect::<String>()
        );
        let size = &header.model;
        let model = list(&[
            ("backbone", size.backbone.clone()),
            ("embedding table", format!("{} × {}", number(schema.features()), header.dim)),
            ("embedded row", number(size.width)),
            ("towers", size.towers.to_string()),
            ("hidden layers", widths(&size.mlp)),
            ("other parameters", number(parameters(&seen.model.parameters))),
        ]);
        let selector = match &seen.scorer {
            Some(Scorer { selector, .. }) => list(&[
                ("hidden layers", widths(&selector.config.mlp)),
                ("heads", selector.config.heads.to_string()),
                ("parameters", number(parameters(&selector.parameters))),
            ]),
            None => "<p class=\"muted\">This run had none.</p>".to_owned(),
        };
        format!(
            "<div class=\"card\"><h3 id=\"fields\">Fields</h3>\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Fields, scrollable\">\
             <table aria-labelledby=\"fields\">{table}</table></div>\
             <p class=\"muted note\">Values seen in training; all others share one more id per field.</p></div>\
             <div class=\"card\"><h3>CTR model</h3>{model}<h3>Selection network</h3>{selector}</div>"
        )
    }
}

fn number(n: usize) -> String {
    count(n as u64)
}

fn parameters(parameters: &Parameters) -> usize {
    parameters.vars().iter().map(|(_, v)| v.elem_count()).sum()
}

/// Names and their values as an HTML list.
fn list(lines: &[(&str, String)]) -> String {
    let line =
        |(name, value): &(&str, String)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value));
    format!("<dl>{}</dl>", lines.iter().map(line).collect::<String>())
}
