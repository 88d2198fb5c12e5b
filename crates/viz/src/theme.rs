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
/// 3:1 to the ground; text uses `--ink` and `--muted` only. `--light` and `--dark` say which of
/// two pictures made of pixels is displayed.
pub const fn variables(dark: bool) -> &'static str {
    if dark {
        "--ink:#e8eaed;--muted:#a3adb8;--paper:#121417;--line:#30363d;--light:none;--dark:inline;\
         --c0:#56b4e9;--c1:#e69f00;--c2:#009e73;--c3:#cc79a7"
    } else {
        "--ink:#1a1d21;--muted:#57606a;--paper:#fff;--line:#dce0e5;--light:inline;--dark:none;\
         --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7"
    }
}

impl Theme {
    /// The grounds (dark or not) that a picture of pixels must be drawn for, each with the class
    /// that displays it on that ground only.
    pub(crate) fn grounds(self) -> &'static [(bool, &'static str)] {
        match self {
            Theme::Light => &[(false, "")],
            Theme::Dark => &[(true, "")],
            Theme::Auto | Theme::Inherit => &[(false, "for-light"), (true, "for-dark")],
        }
    }

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
    use crate::colour::{hex, tests::contrast};

    #[test]
    fn colours_stand_out_from_the_ground() {
        for dark in [false, true] {
            let v = variables(dark);
            for (name, least) in [
                ("--ink:", 7.0),
                ("--muted:", 4.5),
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
