//! Writes a comparison as a LaTeX table in the form of the paper's.

use super::found::{Cell, Comparison};
use crate::terminal::out;

impl Comparison {
    /// Makes `compare.tex`: a `tabular` for the package `booktabs`, with the metrics by scenario.
    pub fn latex(&self) -> String {
        let metrics: Vec<_> = self.metrics.iter().collect();
        let n = self.columns.len();
        let columns = n * metrics.len();
        let title = out::shown(&self.title);
        let mut text = format!("% {title}\n% needs \\usepackage{{booktabs}}\n");
        text += &format!("\\begin{{tabular}}{{l{}}}\n\\toprule\n", "r".repeat(columns));
        for metric in &metrics {
            let arrow = if metric.less_is_better { "\\downarrow" } else { "\\uparrow" };
            let name = escaped(&metric.metric.replace('_', " "));
            text += &format!(" & \\multicolumn{{{n}}}{{c}}{{{name} ${arrow}$}}");
        }
        text += " \\\\\n";
        for _ in &metrics {
            self.columns.iter().for_each(|c| text += &format!(" & {}", escaped(c)));
        }
        text += " \\\\\n\\midrule\n";
        for (i, system) in self.systems.iter().enumerate() {
            text += &escaped(&system.name);
            let cells = metrics.iter().flat_map(|m| &m.cells[i]);
            cells.for_each(|c| text += &format!(" & {}", cell(c)));
            text += " \\\\\n";
        }
        text + "\\bottomrule\n\\end{tabular}\n"
    }
}

/// Prints four digits without the leading 0, as the paper does.
fn cell(cell: &Cell) -> String {
    let Some(mean) = cell.mean else { return "--".into() };
    let number = format!("{mean:.4}");
    let number = number.strip_prefix('0').unwrap_or(&number);
    let star = if cell.star { "$^{*}$" } else { "" };
    format!("{number}{star}")
}

/// Escapes the characters that mean something in LaTeX, or are another sign in its usual fonts. A
/// bracket after the end of a row would be an option of it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in out::shown(text).chars() {
        match c {
            // The usual engine has no sign for it.
            '\u{fffd}' => escaped.push('?'),
            '<' => escaped += "\\textless{}",
            '>' => escaped += "\\textgreater{}",
            '|' => escaped += "\\textbar{}",
            '[' => escaped += "{[}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_are_text() {
        assert_eq!(escaped("a_b & 5 %"), "a\\_b \\& 5 \\%");
        assert_eq!(escaped("[a|b]\n\u{1b}<"), "{[}a\\textbar{}b]??\\textless{}");
        assert_eq!(escaped("x^2\\"), "x\\textasciicircum{}2\\textbackslash{}");
    }
}
