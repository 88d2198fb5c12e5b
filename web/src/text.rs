//! Numbers and choices as words, for the page and for what the worker makes.

use ssim_core::mask::Pool;
pub use ssim_figure::scenario;
use ssim_viz::{count, fixed};

/// A number of bytes: "1.2 MB".
pub fn bytes(n: usize) -> String {
    match n {
        0..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{} kB", fixed(n as f64 / 1e3, 0)),
        _ => format!("{} MB", fixed(n as f64 / 1e6, 1)),
    }
}

/// A metric with four digits; "–" where it is not defined.
pub fn metric(x: Option<f64>) -> String {
    fixed(x.unwrap_or(f64::NAN), 4)
}

/// A part of 1 in percent: "12.3 %"; "–" where it is not defined.
pub fn percent(x: Option<f64>) -> String {
    match x.filter(|x| x.is_finite()) {
        Some(x) => format!("{}\u{a0}%", fixed(100.0 * x, 1)),
        None => "–".into(),
    }
}

/// A small number with one digit: "3e-7".
pub fn size(x: f32) -> String {
    // As 64 bits, because the page prints no other number of 32 bits with an exponent.
    if x == 0.0 { "0".into() } else { format!("{:.0e}", f64::from(x)) }
}

/// The widths of layers: "256 · 128 · 64".
pub fn widths(layers: &[usize]) -> String {
    layers.iter().map(|n| count(*n as u64)).collect::<Vec<_>>().join(" · ")
}

/// The name of a pool in menus and sentences.
pub fn best_of(pool: Pool) -> &'static str {
    match pool {
        Pool::Batch => "each batch",
        Pool::Global => "all rows",
        Pool::Scenario => "each scenario",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 12_345, 1_234_567].map(bytes), ["0 B", "999 B", "12 kB", "1.2 MB"]);
        assert_eq!([0.0, 2.98e-7, 1e-5].map(size), ["0", "3e-7", "1e-5"]);
        assert_eq!(percent(Some(0.1234)), "12.3\u{a0}%");
        assert_eq!(metric(None), "–");
        assert_eq!(widths(&[1024, 64]), "1,024 · 64");
    }
}
