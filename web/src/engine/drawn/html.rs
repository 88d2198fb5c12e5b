//! Parts of the views.

use ssim_viz::{Clause, Rule, Step, escape};

/// Width of an interval's picture.
const WIDTH: f64 = 120.0;

/// A table that scrolls within its frame. `label` names it to those who hear it.
pub fn table(label: &str, heads: &[&str], lines: impl Iterator<Item = String>) -> String {
    let heads = heads.iter().map(|head| match head.starts_with('<') {
        true => (*head).to_owned(),
        false => format!("<th scope=\"col\">{head}</th>"),
    });
    let heads: String = heads.collect();
    let lines: String = lines.collect();
    format!(
        "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"{label}, scrollable\">\
         <table aria-label=\"{label}\"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
}

/// A line of a table; the cells are HTML.
pub fn line(head: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{head}</th>{cells}</tr>")
}

/// A paragraph. Parts between backticks are code.
pub fn paragraph(class: &str, text: &str) -> String {
    let text = escape(text);
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => part.to_owned(),
        _ => format!("<code>{part}</code>"),
    });
    format!("<p class=\"{class}\">{}</p>", parts.collect::<String>())
}

/// The value of an attribute that the page reads: unlike a text that is shown, it keeps every character.
pub fn attribute(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// A button that adds the rows of a step to the selection, and takes them back.
pub fn adds(clauses: Vec<Clause>, text: &str) -> String {
    let mut rule = Rule::default();
    // A name that no rule can have gets no button.
    match rule.add(Step { clauses }) {
        Ok(()) => {
            let rule = attribute(&rule.to_string());
            format!(
                "<button type=\"button\" class=\"quiet\" data-add=\"{rule}\">{}</button>",
                escape(text)
            )
        }
        Err(_) => escape(text),
    }
}

/// A menu of choices: the values, and the texts that are shown.
pub fn menu(
    (label, id): (&str, &str),
    before: &str,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
) -> String {
    let options = options.map(|(value, text)| {
        let selected = if value == chosen { " selected" } else { "" };
        format!("<option value=\"{}\"{selected}>{}</option>", attribute(&value), escape(&text))
    });
    let (before, options) = (attribute(before), options.collect::<String>());
    format!(
        "<label class=\"choice\"><span>{label}</span>\
         <select id=\"{id}\" data-detail=\"{before}\">{options}</select></label>"
    )
}

/// A value with its interval on an axis that `place` maps to 0..1, and a line at `nothing`.
pub fn whisker(
    value: f64,
    (low, high): (f64, f64),
    nothing: f64,
    place: impl Fn(f64) -> f64,
) -> String {
    let x = |value: f64| {
        let part = place(value);
        let part = if part.is_nan() { 0.5 } else { part.clamp(0.0, 1.0) };
        ssim_viz::fixed(4.0 + part * (WIDTH - 8.0), 1)
    };
    format!(
        "<svg class=\"whisker-line\" viewBox=\"0 0 120 16\" width=\"120\" height=\"16\" aria-hidden=\"true\">\
         <path class=\"nothing\" d=\"M{} 0V16\"/><path d=\"M{} 8H{}\"/><circle cx=\"{}\" cy=\"8\" r=\"3.5\"/></svg>",
        x(nothing),
        x(low),
        x(high),
        x(value)
    )
}

/// A part of 1 in percent.
pub fn percent(part: f64) -> String {
    format!("{}\u{a0}%", ssim_viz::fixed(100.0 * part, 0))
}

/// A difference with its sign.
pub fn signed(x: f64, decimals: usize) -> String {
    let text = ssim_viz::fixed(x, decimals);
    let plus = x > 0.0 && text.contains(|c: char| ('1'..='9').contains(&c));
    if plus { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_of_a_button_is_the_rule_that_was_meant() {
        let values = vec!["a <\"b\"> & \t\u{202e}".to_owned()];
        let clause = Clause::Field { field: "x\ny".into(), is: true, values };
        let html = adds(vec![clause.clone()], "text");
        let rule = html.split('"').nth(5).expect("the attribute");
        let rule =
            [("&#10;", "\n"), ("&#9;", "\t"), ("&lt;", "<"), ("&quot;", "\""), ("&amp;", "&")]
                .iter()
                .fold(rule.to_owned(), |rule, (from, to)| rule.replace(from, to));
        let rule: Rule = rule.parse().expect("a rule");
        assert_eq!(rule.steps()[0].1.clauses, [clause]);
        assert_eq!(adds(Vec::new(), "<"), "&lt;");
    }

    #[test]
    fn an_interval_stays_in_its_picture() {
        let drawn = whisker(f64::INFINITY, (f64::NEG_INFINITY, f64::NAN), 1.0, |x| x);
        assert!(drawn.contains("M4.0 8H60.0") && drawn.contains("cx=\"116.0\""), "{drawn}");
    }
}
