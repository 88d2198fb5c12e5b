//! Reads a file with a JSON object in each line.

use crate::error::{Error, Result, cut};
use crate::table::blocks::Blocks;
use crate::table::cells::{BadCell, Cells};
use crate::table::rows::RawLine;
use serde_json::{Map, Value};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

/// The first whole number that a float of 64 bits does not hold apart from its neighbours.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether a text begins with a JSON object.
pub(crate) fn is_object(head: &[u8]) -> bool {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start().starts_with(b"{")
}

/// Opens a file whose lines are not cut into cells. No JSON has the separator in it.
pub(crate) fn lines<R: Read>(reader: R, source: &str) -> Result<Blocks<R>> {
    Blocks::plain(reader, source, "\0", &["object"])
}

/// The keys of the file's objects that are read, each with a mark whether an object had it.
pub(crate) struct JsonKeys {
    pub names: Vec<String>,
    found: Vec<AtomicBool>,
}

impl JsonKeys {
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut unique: Vec<String> = Vec::new();
        for name in names {
            if !unique.iter().any(|known| known == name) {
                unique.push(name.to_owned());
            }
        }
        Self { found: unique.iter().map(|_| AtomicBool::new(false)).collect(), names: unique }
    }

    /// Fails if no object had one of the keys. `asker` is the schema's file, which needs it.
    pub fn require(&self, source: &str, asker: &str) -> Result<()> {
        let missing = self.names.iter().zip(&self.found).find(|(_, f)| !f.load(Ordering::Relaxed));
        match missing {
            None => Ok(()),
            Some((name, _)) => Err(Error::Config(format!(
                "{asker}: field \"{name}\": expected a key of {source}, got no row that has it"
            ))),
        }
    }

    /// Reads the object in a line as a row, whose columns are the keys.
    pub fn row<'a>(&self, line: &'a RawLine) -> Result<JsonRow<'a>, BadCell> {
        let bad = |reason: String| BadCell { column: 0, reason };
        let text = line.get(0).map_err(|got| bad(format!("expected UTF-8 text, got {got}")))?;
        let object = object(text).map_err(bad)?;
        let keys = self.names.iter().zip(&self.found);
        let cells = keys.map(|(name, found)| match object.get(name) {
            None => Ok(String::new()),
            Some(value) => {
                found.store(true, Ordering::Relaxed);
                cell(value)
            }
        });
        Ok(JsonRow { line, cells: cells.collect() })
    }
}

/// Parses the object in a line.
///
/// # Errors
/// The text that was expected, and that of the line.
pub(crate) fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text)
        .map_err(|_| format!("expected a JSON object in a line, got \"{}\"", cut(text)))
}

/// A row whose cells are values of a JSON object. A key that the object does not have is empty.
pub(crate) struct JsonRow<'a> {
    line: &'a RawLine,
    cells: Vec<Result<String, &'static str>>,
}

/// The text of a value, as it would stand in a CSV.
fn cell(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => match number.as_f64() {
            // Its digits are lost.
            Some(float) if number.is_f64() && float.abs() >= EXACT => {
                Err("a number of too many digits")
            }
            _ => Ok(number.to_string()),
        },
        Value::Array(_) => Err("a list"),
        Value::Object(_) => Err("an object"),
    }
}

impl Cells for JsonRow<'_> {
    fn line(&self) -> u64 {
        self.line.line()
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        self.cells[column].as_deref().map_err(|got| (*got).to_owned())
    }

    fn raw(&self) -> String {
        self.line.raw()
    }
}
