//! The keys of a schema that say how cells are read.

use crate::cell_rules::{CellRules, ClickRule};
use crate::error::{Error, Result};
use crate::time_field::TimeField;
use ssim_core::spelling::respelled;

/// The keys of a schema that say how cells are read.
#[derive(Debug, Default)]
pub(crate) struct CellKeys {
    pub positive: Option<Vec<String>>,
    pub threshold: Option<f64>,
    pub na_values: Option<Vec<String>>,
    pub delimiter: Option<String>,
    pub header: Option<Vec<String>>,
    pub times: Vec<(String, TimeField)>,
}

impl CellKeys {
    /// Checks the keys, and makes rules of them. `missing` are the missing values if the keys do not
    /// name any. `source` is the file that has the keys.
    pub fn rules(self, source: &str, missing: &[&str]) -> Result<CellRules> {
        let fail = |what: String| Err(Error::Config(format!("{source}: {what}")));
        let click = match (self.positive, self.threshold) {
            (None, None) => ClickRule::Known,
            (Some(_), Some(_)) => {
                return fail("threshold: expected positive or threshold, got both".into());
            }
            (Some(texts), None) if texts.is_empty() => {
                return fail("positive: expected at least one label, got none".into());
            }
            (Some(texts), None) => ClickRule::Texts(
                texts.into_iter().map(|text| respelled(&text).unwrap_or(text)).collect(),
            ),
            (None, Some(least)) if !least.is_finite() => {
                return fail(format!("threshold: expected a finite number, got {least}"));
            }
            (None, Some(least)) => ClickRule::From(least),
        };
        let delimiter = match self.delimiter.as_deref().map(str::as_bytes) {
            None => None,
            Some([c]) if c.is_ascii() && !b"\"\r\n".contains(c) => Some(*c),
            Some(other) => {
                return fail(format!(
                    "delimiter: expected one character such as \",\", \";\", \"|\" or \"\\t\", got {:?}",
                    String::from_utf8_lossy(other)
                ));
            }
        };
        let header = match self.header {
            Some(names) if names.is_empty() => {
                return fail("header: expected the names of the columns, got none".into());
            }
            names => names.unwrap_or_default(),
        };
        let owned = || missing.iter().map(|&text| text.to_owned()).collect();
        let (na_values, times) = (self.na_values.unwrap_or_else(owned), self.times);
        Ok(CellRules { click, na_values, delimiter, header, times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_which_labels_are_clicks() {
        let keys = |positive: &[&str]| CellKeys {
            positive: Some(positive.iter().map(|&t| t.to_owned()).collect()),
            ..CellKeys::default()
        };
        let rule = keys(&[">50K", "1.0"]).rules("s", &[]).unwrap().click;
        let labels = [">50K", "1", "1.0", "<=50K", "0", "yes"].map(|text| rule.label(text));
        assert_eq!(labels, [Ok(1), Ok(1), Ok(1), Ok(0), Ok(0), Ok(0)]);
        assert_eq!(rule.label(""), Err("a label"));
        let rule = ClickRule::From(4.0);
        let labels = ["4", "3.9", "5", "-5", "4e0"].map(|text| rule.label(text));
        assert_eq!(labels, [Ok(1), Ok(0), Ok(1), Ok(0), Ok(1)]);
        assert!(
            rule.label("four").is_err() && rule.label("").is_err() && rule.label("nan").is_err()
        );
    }
}
