//! Numbers written as text.

/// A count as text, with commas between groups of three digits.
///
/// ```
/// assert_eq!(ssim_viz::count(1234567), "1,234,567");
/// ```
#[inline(never)]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as text with the given number of decimals and a real minus sign; "–" if the number is
/// not finite.
///
/// ```
/// assert_eq!(ssim_viz::fixed(-0.12345, 3), "−0.123");
/// assert_eq!(ssim_viz::fixed(-0.00001, 3), "0.000");
/// ```
#[inline(never)]
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return "–".into();
    }
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|b| b == b'0' || b == b'.') => zero.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// A difference as text: like [`fixed`], but with a plus sign if it is positive. A difference that
/// rounds to zero has no sign.
#[inline(never)]
pub(crate) fn signed(x: f64, decimals: usize) -> String {
    let text = fixed(x, decimals);
    let plus = x > 0.0 && text.contains(|c: char| ('1'..='9').contains(&c));
    if plus { format!("+{text}") } else { text }
}

/// A fraction as text in percent, with one decimal unless that is zero.
#[inline(never)]
pub(crate) fn percent(part: f64) -> String {
    let text = fixed(100.0 * part, 1);
    format!("{}\u{a0}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// A coordinate as text, rounded to tenths of a pixel and as short as possible.
#[inline(never)]
pub(crate) fn px(x: f64) -> String {
    let tenths = (x * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.abs() / 10, tenths.abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([3.0, 3.04, 3.05, -0.3, -12.96].map(px), ["3", "3", "3.1", "-0.3", "-13"]);
    }

    #[test]
    fn differences_have_signs_and_zero_has_none() {
        let texts = [0.01234, -0.01234, 0.00004, -0.00004, f64::INFINITY].map(|x| signed(x, 4));
        assert_eq!(texts, ["+0.0123", "−0.0123", "0.0000", "0.0000", "–"]);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 1000, 12_345].map(count), ["0", "999", "1,000", "12,345"]);
    }
}
