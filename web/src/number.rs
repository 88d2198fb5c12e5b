//! Reading numbers that a person has typed or that a link holds.
//!
//! In the page the browser reads them. Rust's own reading needs a table of 10 kB, which does not get smaller when it is
//! compressed. Both round to the nearest number, so that a rule selects the same rows in the page and in the program.

/// Reads a finite decimal number, such as `-1.5e3`; `None` if the text is something else.
pub fn number(text: &str) -> Option<f64> {
    // The browser also takes blanks, other bases and no digits at all.
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let has_digits = text.bytes().any(|b| b.is_ascii_digit());
    let number = (is_decimal && has_digits).then(|| read(text))??;
    number.is_finite().then_some(number)
}

#[cfg(target_arch = "wasm32")]
fn read(text: &str) -> Option<f64> {
    Some(wasm_bindgen::JsValue::from_str(text).unchecked_into_f64())
}

#[cfg(not(target_arch = "wasm32"))]
fn read(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_decimal_numbers_are_read() {
        for (text, expected) in [
            ("0.3", 0.3),
            ("-1", -1.0),
            ("+2.5e-3", 0.0025),
            ("1.", 1.0),
            (".5", 0.5),
            ("1E5", 1e5),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in [
            "", " 1", "1 ", "0x10", "inf", "NaN", "Infinity", "1e999", "1-2", ".", "e", "--1", "1e",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
