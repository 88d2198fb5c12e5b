//! The axis of a small panel.

use crate::number::signed;
use crate::scale::{decimals, nice};
use crate::svg::text_width;

/// The domain of an axis of `width` pixels that shows the numbers from `low` to `high`, and the distance
/// between its ticks: round numbers whose labels do not touch, three or more where they have room. The
/// domain does not go beyond `most`.
pub(crate) fn axis((low, high): (f64, f64), most: f64, width: f64) -> ((f64, f64), f64) {
    // Numbers that are nearly the same must not look far apart.
    let range = (high - low).max(0.002);
    let mut step = nice(range / 8.0);
    loop {
        let mut from = ((low / step) - 0.1).floor() * step;
        let mut to = ((high / step) + 0.1).ceil() * step;
        if to - from < 1.5 * step {
            to += step;
        }
        if to > most {
            to = most;
            from = from.min(((most / step).floor() - 2.0) * step);
        }
        let label = |x: f64| text_width(&signed(x, decimals(step)));
        let label = label(from).max(label(to)) + 10.0;
        let ticks = ((to - from) / step).round();
        if ticks * label <= width || ticks <= 2.0 || step >= 1e6 {
            return ((from, to), step);
        }
        step = nice(1.01 * step);
    }
}

#[cfg(test)]
mod tests {
    use super::axis;
    use crate::scale::Scale;

    #[test]
    fn three_numbers_or_more_and_all_data_inside() {
        for (low, high) in [(-0.021, 0.004), (0.0, 0.0), (0.5, 0.5004), (-3.0, 900.0), (0.81, 1.0)]
        {
            for width in [90.0, 140.0, 600.0] {
                let most = if high <= 1.0 { 1.0 } else { f64::INFINITY };
                let (domain, step) = axis((low, high), most, width);
                assert!(
                    domain.0 <= low && high <= domain.1 && domain.1 <= most,
                    "{low} {high} {domain:?}"
                );
                let ticks = Scale::new(domain, (0.0, width)).ticks(step);
                assert!(ticks.len() >= 3, "{low} {high} {width}: {ticks:?}");
            }
        }
    }
}
