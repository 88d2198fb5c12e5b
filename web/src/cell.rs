//! Text for other programs: cells of tables, and words of a command line.

/// A cell of a CSV table. A spreadsheet would compute a text that begins like a formula, so such a text
/// gets an apostrophe.
pub fn csv(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// A cell of a Markdown table.
pub fn markdown(text: &str) -> String {
    let mut cell = String::new();
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '<' | '[' => cell.extend(['\\', c]),
            '\n' | '\r' => cell.push(' '),
            _ => cell.push(c),
        }
    }
    cell
}

/// A cell of a LaTeX table.
pub fn latex(text: &str) -> String {
    let mut cell = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => cell.extend(['\\', c]),
            '\\' => cell.push_str("\\textbackslash{}"),
            '~' => cell.push_str("\\textasciitilde{}"),
            '^' => cell.push_str("\\textasciicircum{}"),
            '\n' | '\r' => cell.push(' '),
            _ => cell.push(c),
        }
    }
    cell
}

/// A word of a command line, in quotes where a shell would split or change it.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@%+=:,".contains(c);
    match !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        true => word.to_owned(),
        // A file whose name begins with a dash would be read as an option.
        false if word.starts_with('-') => shell(&format!("./{word}")),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stays_one_cell() {
        assert_eq!(csv("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(csv("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(csv("plain"), "plain");
        assert_eq!(markdown("a|b_c"), "a\\|b\\_c");
        assert_eq!(latex("R&D_1 #2 \\x"), "R\\&D\\_1 \\#2 \\textbackslash{}x");
    }

    #[test]
    fn every_file_name_stays_one_word() {
        assert_eq!(shell("run-1.ssim"), "run-1.ssim");
        assert_eq!(shell("my run (1) it's.ssim"), "'my run (1) it'\\''s.ssim'");
        assert_eq!(shell("-x.ssim"), "./-x.ssim");
    }
}
