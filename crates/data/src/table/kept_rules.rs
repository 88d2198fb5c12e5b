//! The rules for cells that are kept with a model, so that new rows are read as those of its log were.

use crate::cell_rules::{CellRules, ClickRule};
use crate::error::{Error, Result};
use crate::table::cell_keys::CellKeys;
use crate::time_field::TimeField;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The keys of a schema that say how cells are read; all others are ignored. A schema without
/// `na_values` has no missing values, as those of older versions.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct KeptKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    positive: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    na_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Vec<String>>,
    #[serde(rename = "field", skip_serializing_if = "Vec::is_empty")]
    fields: Vec<KeptField>,
}

/// A field, and the time that it is a part of.
#[derive(Deserialize, Serialize)]
struct KeptField {
    name: String,
    #[serde(default)]
    time: Option<TimeField>,
}

impl KeptKeys {
    fn rules(self, source: &str) -> Result<CellRules> {
        let Self { positive, threshold, na_values, delimiter, header, fields } = self;
        let times = fields.into_iter().filter_map(|field| Some((field.name, field.time?)));
        let (times, na_values) = (times.collect(), Some(na_values));
        CellKeys { positive, threshold, na_values, delimiter, header, times }.rules(source, &[])
    }
}

impl CellRules {
    /// Reads the rules out of the text of a schema whose log has been prepared.
    ///
    /// # Errors
    /// The text is not TOML, or a rule has a wrong type or value.
    pub fn of_layout(text: &str, source: &str) -> Result<Self> {
        let keys: KeptKeys =
            toml::from_str(text).map_err(|e| Error::Data(format!("{source}: {}", e.message())))?;
        keys.rules(source)
    }

    /// The rules as JSON, for a record. The keys are those of a schema.
    ///
    /// ```
    /// use ssim_data::table::CellRules;
    /// let rules = CellRules { delimiter: Some(b';'), ..CellRules::default() };
    /// assert_eq!(CellRules::of_json(&rules.to_json(), "run.ssim")?, rules);
    /// # Ok::<_, ssim_data::Error>(())
    /// ```
    pub fn to_json(&self) -> Value {
        let (positive, threshold) = match &self.click {
            ClickRule::Known => (None, None),
            ClickRule::Texts(texts) => (Some(texts.clone()), None),
            ClickRule::From(least) => (None, Some(*least)),
        };
        let field = |(name, time): &(String, TimeField)| KeptField {
            name: name.clone(),
            time: Some(time.clone()),
        };
        let keys = KeptKeys {
            positive,
            threshold,
            na_values: self.na_values.clone(),
            delimiter: self.delimiter.map(|delimiter| char::from(delimiter).to_string()),
            header: Some(self.header.clone()).filter(|names| !names.is_empty()),
            fields: self.times.iter().map(field).collect(),
        };
        serde_json::to_value(keys).unwrap_or_default()
    }

    /// Reads the rules of [`to_json`](Self::to_json). `source` is the file with the record, for messages.
    ///
    /// # Errors
    /// The value has another form, or a rule has a wrong type or value.
    pub fn of_json(value: &Value, source: &str) -> Result<Self> {
        let keys: KeptKeys = KeptKeys::deserialize(value)
            .map_err(|e| Error::Data(format!("{source}: rules for cells: {e}")))?;
        keys.rules(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_survive_a_record() {
        let layout = r#"
            label = "stars"
            threshold = 4
            na_values = ["-"]
            delimiter = "\t"
            header = ["stars", "tab", "ts"]
            [[field]]
            name = "tab"
            [[field]]
            name = "hour"
            time = { column = "ts", part = "hour", form = "ms", zone = "-05:30" }
        "#;
        let rules = CellRules::of_layout(layout, "layout.toml").unwrap();
        assert_eq!(rules.times.len(), 1);
        assert_eq!(rules.header.len(), 3);
        assert_eq!(CellRules::of_json(&rules.to_json(), "r").unwrap(), rules);
        let words = CellRules { click: ClickRule::Texts(vec!["yes".into()]), ..rules };
        assert_eq!(CellRules::of_json(&words.to_json(), "r").unwrap(), words);
        let none = CellRules::default();
        assert_eq!(CellRules::of_json(&none.to_json(), "r").unwrap(), none);
        assert!(CellRules::of_json(&serde_json::json!({ "delimiter": "ab" }), "r").is_err());
        assert!(CellRules::of_json(&serde_json::json!([7]), "r").is_err());
    }
}
