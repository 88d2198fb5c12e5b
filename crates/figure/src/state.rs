//! The state of a picture: the choices that an address or a tag makes.

use crate::choices;
use ssim_core::mask::Pool;
use ssim_core::metric::Metric;
use std::fmt;

choices! {
    /// A kind of picture, called a view.
    View {
        /// A map of the rows by share score and disagreement of the towers; of a run without a selector or with one tower,
        /// by their embeddings.
        #[default]
        Map = "map",
        /// The number of shared rows of every scenario.
        Shares = "shares",
        /// A metric of every method, scenario by scenario.
        Metrics = "metrics",
        /// A number over the steps of search and retrain.
        Curves = "curves",
        /// The number of every scenario's rows that each tower sees.
        Matrix = "matrix",
        /// The networks' outputs for a row whose fields can be changed.
        WhatIf = "whatif",
    }
}

choices! {
    /// A number over the steps of search and retrain.
    Number {
        /// The loss of a batch.
        #[default]
        Loss = "loss",
        /// The shared fraction of a batch.
        Shared = "shared",
        /// The temperature of the mask.
        Temperature = "temperature",
        /// The AUC on validation rows after an epoch.
        ValAuc = "val_auc",
    }
}

/// All choices that define a picture. A choice that the picture does not depend on is ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The kind of picture.
    pub view: View,
    /// The share ratio: the fraction of the rows on the list, from 0 to 1. `None` means the run's
    /// ratio.
    pub ratio: Option<f64>,
    /// The rows among which the best are shared. `None` means those of the run.
    pub by: Option<Pool>,
    /// The metric of [`View::Metrics`].
    pub metric: Metric,
    /// The number of [`View::Curves`].
    pub curve: Number,
    /// The row of [`View::WhatIf`], by its index in the file.
    pub row: u32,
    /// Changes of the row: the index of a field, and the new id within the field.
    pub edits: Vec<(usize, u32)>,
}

impl State {
    /// Reads a state from a query as in addresses, for example `view=map&ratio=0.3`. Unknown keys
    /// are ignored, because an address may have keys for other purposes.
    ///
    /// # Errors
    /// A value is not allowed. The message names the key and says what was expected.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut state = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            state.set(&key, &value)?;
        }
        Ok(state)
    }

    /// Sets one choice. The key `edits` takes several changed fields at once, as in
    /// `edits=3:17,5:2`, and `field.3=17` changes a single field.
    ///
    /// # Errors
    /// The value is not allowed. The message names the key and says what was expected.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "view" => self.view = find(View::ALL, View::name, key, value)?,
            "metric" => {
                let compared: Vec<Metric> = Metric::compared().collect();
                self.metric = find(&compared, Metric::name, key, value)?;
            }
            "curve" => self.curve = find(Number::ALL, Number::name, key, value)?,
            "ratio" => {
                let ratio = value.parse().ok().filter(|r| (0.0..=1.0).contains(r));
                if ratio.is_none() {
                    return Err(format!("{key}: expected a number from 0 to 1, got \"{value}\""));
                }
                self.ratio = ratio;
            }
            "by" => self.by = Some(find(&Pool::ALL, Pool::name, key, value)?),
            "row" => {
                let Ok(row) = value.parse() else {
                    return Err(format!("{key}: expected a row's place, got \"{value}\""));
                };
                self.row = row;
            }
            "edits" => {
                for pair in value.split(',').filter(|pair| !pair.is_empty()) {
                    let (field, id) = pair.split_once(':').unwrap_or((pair, ""));
                    self.edit(key, field, id)?;
                }
            }
            _ => {
                if let Some(field) = key.strip_prefix("field.") {
                    self.edit(key, field, value)?;
                }
            }
        }
        Ok(())
    }

    /// Changes one field to an id. The changes stay sorted by field.
    fn edit(&mut self, key: &str, field: &str, id: &str) -> Result<(), String> {
        let (Ok(field), Ok(id)) = (field.parse(), id.parse()) else {
            return Err(format!(
                "{key}: expected the place of a field and an id, got \"{field}:{id}\""
            ));
        };
        self.edits.retain(|e| e.0 != field);
        let at = self.edits.partition_point(|e| e.0 < field);
        self.edits.insert(at, (field, id));
        Ok(())
    }
}

/// The choice with the name `value`, or an error that lists all names.
fn find<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    key: &str,
    value: &str,
) -> Result<T, String> {
    all.iter().copied().find(|c| name(*c) == value).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|c| name(*c)).collect();
        format!("{key}: expected one of {}, got \"{value}\"", names.join(", "))
    })
}

impl fmt::Display for State {
    /// Writes the view and all choices that are not the default, for example `view=map&ratio=0.3`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let default = Self::default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("view", self.view.name());
        let mut put = |key: &str, value: String, differs: bool| {
            if differs {
                query.append_pair(key, &value);
            }
        };
        put("ratio", self.ratio.unwrap_or_default().to_string(), self.ratio.is_some());
        put("by", self.by.map_or("", Pool::name).into(), self.by.is_some());
        put("metric", self.metric.name().into(), self.metric != default.metric);
        put("curve", self.curve.name().into(), self.curve != default.curve);
        put("row", self.row.to_string(), self.row != default.row);
        let edits = self.edits.iter().map(|(field, id)| format!("{field}:{id}"));
        put("edits", edits.collect::<Vec<_>>().join(","), !self.edits.is_empty());
        write!(f, "{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let text = "view=whatif&ratio=0.25&by=scenario&metric=logloss&curve=shared&row=7&edits=2%3A9%2C3%3A17";
        let state = State::parse(text).unwrap();
        assert_eq!((state.view, state.ratio, state.row), (View::WhatIf, Some(0.25), 7));
        assert_eq!(state.edits, [(2, 9), (3, 17)]);
        assert_eq!(state.to_string(), text);
        let changed = State::parse(&format!("{text}&field.3=1&theme=dark")).unwrap();
        assert_eq!(changed.edits, [(2, 9), (3, 1)]);
        assert_eq!(State::default().to_string(), "view=map");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (query, told) in [
            (
                "view=pie",
                "view: expected one of map, shares, metrics, curves, matrix, whatif, got \"pie\"",
            ),
            ("ratio=30", "ratio: expected a number from 0 to 1, got \"30\""),
            ("ratio=NaN", "ratio: expected a number from 0 to 1, got \"NaN\""),
            ("by=row", "by: expected one of batch, global, scenario, got \"row\""),
            ("row=-1", "row: expected a row's place, got \"-1\""),
            ("edits=3", "edits: expected the place of a field and an id, got \"3:\""),
            ("field.x=3", "field.x: expected the place of a field and an id, got \"x:3\""),
        ] {
            assert_eq!(State::parse(query).unwrap_err(), told);
        }
    }
}
