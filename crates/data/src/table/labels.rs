//! Reads labels and missing values by the rules of a log.

use crate::cell_rules::{CellRules, ClickRule};
use ssim_core::spelling::respelled;
use ssim_core::vocabulary::number;

impl ClickRule {
    /// The label of a cell, 0 or 1.
    ///
    /// # Errors
    /// The text that was expected.
    pub(crate) fn label(&self, text: &str) -> Result<u8, &'static str> {
        let known = |text: &str| match text {
            "0" => Some(0),
            "1" => Some(1),
            _ => None,
        };
        match self {
            ClickRule::Known => known(text)
                .or_else(|| known(&respelled(text)?))
                .or_else(|| word(text))
                .ok_or("0 or 1"),
            _ if text.is_empty() => Err("a label"),
            ClickRule::Texts(texts) => {
                let spelled = respelled(text);
                let spelled = spelled.as_deref().unwrap_or(text);
                Ok(u8::from(texts.iter().any(|t| t == text || t == spelled)))
            }
            ClickRule::From(least) => match number(text) {
                Some(number) => Ok(u8::from(number >= *least)),
                None => Err("a finite number, because the schema has a threshold"),
            },
        }
    }
}

/// The label that an English word stands for.
fn word(text: &str) -> Option<u8> {
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match () {
        () if is(["true", "yes"]) => Some(1),
        () if is(["false", "no"]) => Some(0),
        () => None,
    }
}

impl CellRules {
    /// The text of a cell, which is empty if its value is missing.
    pub(crate) fn known<'a>(&self, text: &'a str) -> &'a str {
        match self.na_values.iter().any(|na| na == text) {
            true => "",
            false => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_in_every_spelling() {
        let known = |text: &str| ClickRule::Known.label(text).ok();
        for text in ["1", "1.0", "true", "True", "TRUE", "tRue", "yes", "Yes", "YES"] {
            assert_eq!(known(text), Some(1), "{text}");
        }
        for text in ["0", "0.0", "-0", "false", "False", "FALSE", "no", "No", "NO"] {
            assert_eq!(known(text), Some(0), "{text}");
        }
        for text in ["", "2", "-1", "y", "n", "on", "click", " 1"] {
            assert_eq!(known(text), None, "{text}");
        }
    }
}
