//! Colours as bytes, for pictures made of pixels and for areas that show a number by their colour.

use crate::theme::variables;

/// Red, green and blue in sRGB.
pub type Rgb = [u8; 3];

/// The colours of [`variables`] as bytes, for drawing without a style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Colour of text. Rings around points are mixed with it, so that they stand out.
    pub ink: Rgb,
    /// Colour of the background.
    pub paper: Rgb,
    /// Colours of the series; the classes take them in turn.
    pub series: [Rgb; 4],
    /// Colour of the points that have none of the series.
    pub other: Rgb,
    /// Whether the background is dark.
    pub dark: bool,
}

impl Palette {
    /// The light or the dark palette.
    pub fn new(dark: bool) -> Self {
        let variables = variables(dark);
        let series = ["--c0:", "--c1:", "--c2:", "--c3:"].map(|name| hex(variables, name));
        let [ink, paper, other] = ["--ink:", "--paper:", "--other:"].map(|v| hex(variables, v));
        Self { ink, paper, series, other, dark }
    }

    /// The colour of a number `t` in `0..=1`. Its contrast to the background is at least 3:1. A
    /// dark background gets the upper part of the [`sequential`] scale, a white one a scale of the
    /// same hues that ends in a deeper yellow.
    pub fn value(&self, t: f32) -> Rgb {
        const ON_WHITE: [Rgb; 5] = [
            [0x00, 0x20, 0x4d],
            [0x1f, 0x3f, 0x74],
            [0x5c, 0x64, 0x70],
            [0x85, 0x7b, 0x58],
            [0xa9, 0x8e, 0x00],
        ];
        if self.dark { sequential(0.38 + 0.62 * t.clamp(0.0, 1.0)) } else { along(&ON_WHITE, t) }
    }
}

/// Reads a colour from style-sheet variables. `name` is the variable's name with its colon. The
/// colour has six hexadecimal digits or three, as in CSS; black if it has another form.
pub(crate) fn hex(variables: &str, name: &str) -> Rgb {
    let digits = variables.split(name).nth(1).and_then(|rest| rest.strip_prefix('#'));
    let digits = digits.unwrap_or_default().chars().map_while(|c| c.to_digit(16));
    let digits: Vec<u8> = digits.map(|d| d as u8).collect();
    match digits[..] {
        [r, g, b] => [17 * r, 17 * g, 17 * b],
        [a, b, c, d, e, f] => [16 * a + b, 16 * c + d, 16 * e + f],
        _ => [0; 3],
    }
}

/// Mixes two colours; `t` in `0..=1` is the part of `b`.
pub(crate) fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [0, 1, 2].map(|i| {
        let (from, to) = (f32::from(a[i]), f32::from(b[i]));
        (from + (to - from) * t + 0.5) as u8
    })
}

/// The colour map cividis at ten places: from dark blue over grey to yellow, in even steps of
/// lightness.
const SEQUENTIAL: [Rgb; 10] = [
    [0x00, 0x20, 0x4d],
    [0x00, 0x33, 0x6f],
    [0x39, 0x48, 0x6b],
    [0x57, 0x5c, 0x6d],
    [0x70, 0x71, 0x73],
    [0x8a, 0x87, 0x79],
    [0xa6, 0x9d, 0x75],
    [0xc4, 0xb5, 0x6c],
    [0xe4, 0xcf, 0x5b],
    [0xff, 0xea, 0x46],
];

/// The colour of an amount `t` in `0..=1`. Colour-blind readers can read the scale, and it works in
/// grey.
pub fn sequential(t: f32) -> Rgb {
    along(&SEQUENTIAL, t)
}

/// The colour of a difference `t` in `-1..=1`: white at zero, and darker towards both ends. Its sign must
/// be told otherwise, since colours are for scenarios.
pub fn diverging(t: f32) -> Rgb {
    along(&[[0xf7, 0xf7, 0xf7], [0x59, 0x61, 0x6b]], t.abs())
}

/// The colour at `t` in `0..=1` on the straight lines between `stops`.
fn along(stops: &[Rgb], t: f32) -> Rgb {
    // The cast turns NaN into 0, so NaN gets the first colour.
    let at = t.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let i = (at as usize).min(stops.len() - 2);
    mix(stops[i], stops[i + 1], if at.is_nan() { 0.0 } else { at - i as f32 })
}

/// Whether white text is easier to read on this colour than black text. Squares take the place of
/// the exact curve of sRGB, because integers give the same answer on every host.
pub(crate) fn is_dark(colour: Rgb) -> bool {
    let [r, g, b] = colour.map(|c| u32::from(c) * u32::from(c));
    2126 * r + 7152 * g + 722 * b < 2140 * 255 * 255
}

/// The colour as CSS writes it, `#rrggbb`.
pub(crate) fn css([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(c: Rgb) -> f64 {
        let [r, g, b] = c
            .map(|v| f64::from(v) / 255.0)
            .map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio as WCAG 2.2 defines it.
    pub fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn steps() -> impl Iterator<Item = f32> {
        (0..=200).map(|i| i as f32 / 200.0)
    }

    #[test]
    fn points_stand_out_from_the_ground() {
        for palette in [Palette::new(false), Palette::new(true)] {
            let values = steps().map(|t| palette.value(t));
            for colour in palette.series.into_iter().chain([palette.other]).chain(values) {
                let got = contrast(colour, palette.paper);
                assert!(got >= 3.0, "{colour:?} (dark: {}): {got:.2}", palette.dark);
            }
        }
    }

    #[test]
    fn amounts_get_lighter() {
        let all: Vec<f64> = steps().map(|t| luminance(sequential(t))).collect();
        assert!(all.is_sorted(), "{all:?}");
        for palette in [false, true].map(Palette::new) {
            let all: Vec<f64> = steps().map(|t| luminance(palette.value(t))).collect();
            // Rounding to bytes may make a colour darker, but by less than an eye can see.
            assert!(all.windows(2).all(|w| w[1] > w[0] - 5e-4), "{all:?}");
        }
        assert_eq!([-1.0, 2.0, f32::NAN].map(sequential), [0.0, 1.0, 0.0].map(sequential));
    }

    #[test]
    fn differences_are_white_at_zero_and_darker_towards_both_ends() {
        assert_eq!(diverging(0.0), [0xf7; 3]);
        for sign in [-1.0, 1.0] {
            let all: Vec<f64> = steps().map(|t| -luminance(diverging(sign * t))).collect();
            assert!(all.is_sorted(), "{all:?}");
        }
    }

    #[test]
    fn text_on_every_colour_reads() {
        for colour in steps().flat_map(|t| [sequential(t), diverging(t), diverging(-t)]) {
            let text = if is_dark(colour) { [255; 3] } else { [0; 3] };
            let got = contrast(colour, text);
            assert!(got >= 4.4, "{colour:?}: {got:.2}");
        }
    }

    #[test]
    fn the_palette_is_the_style_sheet_s() {
        let light = Palette::new(false);
        assert_eq!((light.paper, light.ink), ([255; 3], [0x1a, 0x1d, 0x21]));
        assert_eq!(light.series[1], [0xd5, 0x5e, 0x00]);
        assert_eq!(Palette::new(true).series[0], [0x56, 0xb4, 0xe9]);
        assert_eq!(css(light.series[1]), "#d55e00");
    }
}
