//! The first difference of two JSON values, in words.

use serde_json::{Map, Value};

/// The first difference of `got` from `expected`: its path, what was expected, and what there is.
/// `None` if the values are equal.
///
/// ```
/// use serde_json::json;
/// use ssim_train::difference::first;
/// let (was, is) = (json!({ "search": { "lambda": 0.5 } }), json!({ "search": { "lambda": 0.1 } }));
/// assert_eq!(first(&was, &is).unwrap(), "search.lambda: expected 0.5, got 0.1");
/// ```
pub fn first(expected: &Value, got: &Value) -> Option<String> {
    if expected == got {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (expected, got) else {
        return Some(format!(": expected {expected}, got {got}"));
    };
    let missing = |of: &Map<String, Value>, key: &String| !of.contains_key(key);
    if let Some(key) = old.keys().find(|key| missing(new, key)) {
        return Some(format!("{key}: expected {}, got none", old[key]));
    }
    if let Some(key) = new.keys().find(|key| missing(old, key)) {
        return Some(format!("{key}: expected none, got {}", new[key]));
    }
    old.iter().find_map(|(key, value)| {
        let rest = first(value, &new[key])?;
        let dot = if rest.starts_with(':') { "" } else { "." };
        Some(format!("{key}{dot}{rest}"))
    })
}
