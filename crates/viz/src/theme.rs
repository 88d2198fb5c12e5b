//! Colours and fonts of all charts.

/// The width and the colours that a chart is drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Width in CSS pixels. The height follows from the contents.
    pub width: f64,
    /// The colours.
    pub theme: Theme,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 760.0, theme: Theme::Auto }
    }
}

/// The colours of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark, as the reader's system asks for.
    #[default]
    Auto,
    /// Colours for a white background.
    Light,
    /// Colours for a background that is nearly black.
    Dark,
    /// The colours of the page that contains the SVG. The page defines the [`variables`] and has
    /// the rules of [`STYLE`] (`chart.css`) in a style sheet, and its background shows through.
    Inherit,
}

/// The style sheet of all charts. Its rules apply inside `.ssim-chart` only. Every SVG contains
/// them, except with [`Theme::Inherit`].
pub const STYLE: &str = include_str!("chart.css");

/// The light or the dark colours as CSS variables, to be put between `{` and `}`.
///
/// Colour-blind readers can tell the four series colours apart, and each has a contrast of at least
/// 3:1 to the background. Text uses `--ink` and `--muted` only. `--light` and `--dark` decide which
/// of two pictures made of pixels is displayed.
pub const fn variables(dark: bool) -> &'static str {
    if dark {
        "--ink:#e8eaed;--muted:#a3adb8;--paper:#121417;--line:#30363d;--other:#77818c;--light:none;--dark:inline;\
         --c0:#56b4e9;--c1:#e69f00;--c2:#009e73;--c3:#cc79a7"
    } else {
        "--ink:#1a1d21;--muted:#57606a;--paper:#fff;--line:#dce0e5;--other:#8a939c;--light:inline;--dark:none;\
         --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7"
    }
}

impl Theme {
    /// The backgrounds (dark or not) that a picture of pixels must be drawn for. Each comes with
    /// the CSS class that displays the picture on that background only.
    pub(crate) fn grounds(self) -> &'static [(bool, &'static str)] {
        match self {
            Theme::Light => &[(false, "")],
            Theme::Dark => &[(true, "")],
            Theme::Auto | Theme::Inherit => &[(false, "for-light"), (true, "for-dark")],
        }
    }

    /// The style sheet of a chart in this theme.
    pub(crate) fn sheet(self) -> String {
        let light = variables(false);
        let dark = variables(true);
        let colours = match self {
            Theme::Auto => format!(
                ".ssim-chart{{{light}}}@media(prefers-color-scheme:dark){{.ssim-chart{{{dark}}}}}"
            ),
            Theme::Light => format!(".ssim-chart{{{light}}}"),
            Theme::Dark => format!(".ssim-chart{{{dark}}}"),
            Theme::Inherit => return String::new(),
        };
        colours + "\n" + STYLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::{hex, tests::contrast};

    #[test]
    fn colours_stand_out_from_the_ground() {
        for dark in [false, true] {
            let v = variables(dark);
            for (name, least) in [
                ("--ink:", 7.0),
                ("--muted:", 4.5),
                ("--other:", 3.0),
                ("--c0:", 3.0),
                ("--c1:", 3.0),
                ("--c2:", 3.0),
                ("--c3:", 3.0),
            ] {
                let got = contrast(hex(v, name), hex(v, "--paper:"));
                assert!(got >= least, "{name} (dark: {dark}): {got:.2} of {least}");
            }
        }
    }
}
