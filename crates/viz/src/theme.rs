//! Colours and type of all charts.

/// How a chart is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Width in CSS pixels; the height follows from the numbers.
    pub width: f64,
    /// Which colours.
    pub theme: Theme,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 760.0, theme: Theme::Auto }
    }
}

/// Which colours a chart uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark, as the reader's system says.
    #[default]
    Auto,
    /// On white.
    Light,
    /// On near-black.
    Dark,
    /// None of its own: the SVG stands inside a page that defines the [`variables`] and has the
    /// rules of [`STYLE`] (`chart.css`) in a style sheet, and the page's ground shows through.
    Inherit,
}

/// Rules of all charts; they reach no further than `.ssim-chart`. Every SVG carries them but those
/// of [`Theme::Inherit`].
pub const STYLE: &str = include_str!("chart.css");

/// The colours as CSS variables, to go between `{` and `}`. `dark` chooses which.
///
/// The four series colours are told apart by colour-blind eyes and have a contrast of at least
/// 3:1 to the ground; text uses `--ink` and `--muted` only.
pub const fn variables(dark: bool) -> &'static str {
    if dark {
        "--ink:#e8eaed;--muted:#a3adb8;--paper:#121417;--line:#30363d;\
         --c0:#56b4e9;--c1:#e69f00;--c2:#009e73;--c3:#cc79a7"
    } else {
        "--ink:#1a1d21;--muted:#57606a;--paper:#fff;--line:#dce0e5;\
         --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7"
    }
}

impl Theme {
    /// The style sheet of a chart in this theme.
    pub(crate) fn sheet(self) -> String {
        let (light, dark) = (variables(false), variables(true));
        let own = match self {
            Theme::Auto => format!(
                ".ssim-chart{{{light}}}@media(prefers-color-scheme:dark){{.ssim-chart{{{dark}}}}}"
            ),
            Theme::Light => format!(".ssim-chart{{{light}}}"),
            Theme::Dark => format!(".ssim-chart{{{dark}}}"),
            Theme::Inherit => return String::new(),
        };
        own + "\n" + STYLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(variables: &str, name: &str) -> [f64; 3] {
        let at = variables.find(&format!("{name}:#")).expect(name) + name.len() + 2;
        let hex: String = variables[at..].chars().take_while(char::is_ascii_hexdigit).collect();
        let hex = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex };
        [0, 2, 4].map(|i| f64::from(u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")))
    }

    /// WCAG 2.2 contrast ratio.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let luminance = |c: [f64; 3]| {
            let [r, g, b] = c
                .map(|v| v / 255.0)
                .map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055f64).powf(2.4) });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn colours_stand_out_from_the_ground() {
        for dark in [false, true] {
            let v = variables(dark);
            for (name, least) in [
                ("--ink", 7.0),
                ("--muted", 4.5),
                ("--c0", 3.0),
                ("--c1", 3.0),
                ("--c2", 3.0),
                ("--c3", 3.0),
            ] {
                let got = contrast(colour(v, name), colour(v, "--paper"));
                assert!(got >= least, "{name} (dark: {dark}): {got:.2} of {least}");
            }
        }
    }
}
