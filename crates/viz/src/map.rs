//! The map: a picture for documents in which every instance is a point.

use crate::colour::{Rgb, css};
use crate::frame::{BELOW, ChartFrame};
use crate::marks::{Marked, mark, mark_class};
use crate::number::{count, px};
use crate::picks::OTHER;
use crate::points::{Image, LAYERS, Points, Rasterizer, Rect, Style, View, suggested_size};
use crate::shares::ScenarioCounts;
use crate::svg::{LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A chart of points with axes and a legend of counts. Few points become marks of the SVG. Many
/// points, and points coloured by a value, become pixels that the [`Rasterizer`] draws inside the
/// SVG. [`Points::hovered`] is drawn only with pixels, since a document has no pointer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map<'a> {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the map; empty if there is nothing to say.
    pub note: String,
    /// Title of the horizontal axis.
    pub x: String,
    /// Title of the vertical axis.
    pub y: String,
    /// Name of the points' values for the legend, if the points have values.
    pub value: String,
    /// The property of filled marks.
    pub marked: Marked,
    /// Name and counts of every scenario. The counts may include instances that are not drawn.
    pub scenarios: Vec<ScenarioCounts>,
    /// Lowest shared scores: vertical lines, each of all scenarios (with the class [`OTHER`]) or of one.
    pub cuts: Vec<(f64, u8)>,
    /// The points. A point's class is that of its scenario in `scenarios`.
    pub points: Points<'a>,
}

/// Up to this many points are drawn as marks; more are drawn as pixels.
const MARKS: usize = 2000;
/// Pixels of an embedded picture per pixel of the chart. This value is sharp on most screens.
const DENSITY: f64 = 1.5;
/// The most scenarios whose legend stands beside the map. A longer one stands below it, in columns.
const MOST_BESIDE: usize = 16;
/// Distance between the map and its legend, and between columns of the legend, in pixels.
const GAP: f64 = 28.0;
/// Distance between the points and the frame in pixels.
const MARGIN: f64 = 10.0;

/// Encodes a picture as an address for an `<image>`. The arguments are the RGBA pixels `[h, w, 4]`,
/// the size (width, height) and the colour of the background, which becomes transparent. `None` if
/// the picture cannot be encoded.
pub type Encode<'a> = &'a dyn Fn(&[u8], (u32, u32), Rgb) -> Option<String>;

impl Map<'_> {
    /// The chart as a complete SVG document.
    #[cfg(feature = "png")]
    pub fn svg(&self, look: &Look) -> String {
        self.svg_with(look, &|pixels, size, ground| {
            crate::picture::address(pixels, size, ground).ok()
        })
    }

    /// The chart as a complete SVG document, with an encoder of pixels that the caller provides.
    pub fn svg_with(&self, look: &Look, encode: Encode<'_>) -> String {
        let mut svg = Svg::new(look);
        let top = svg.paragraph(PAD + 12.0, "strong", &self.title) - 4.0;
        let wide = look.width - 2.0 * PAD;
        let many = self.scenarios.len() > MOST_BESIDE;
        let beside = wide >= 520.0 && !many;
        let (smallest, largest) = match (beside, many) {
            (true, _) => (0.0, 0.4 * wide),
            (false, true) => (0.0, wide),
            (false, false) => (0.6 * wide, wide),
        };
        let room = self.legend_room().max(smallest).min(largest);
        let columns = if many { ((wide + GAP) / (room + GAP)) as usize } else { 1 };
        let right = PAD + if beside { wide - room - GAP } else { wide - 8.0 };
        let bottom = top + (0.72 * (right - PAD)).clamp(200.0, 520.0);
        // The frame needs the data's range before its own left edge is known: the edge depends on
        // the width of the numbers. So the points are fitted to a rough rectangle first.
        let around = Rect { x: (PAD, right), y: (top + LINE, bottom) };
        let rough = View::fit(self.points.x, self.points.y, around, MARGIN);
        let frame = ChartFrame::new((rough.data.x, rough.data.y), (PAD, right), (top, bottom));
        let (left, right, above, below) = frame.edges();
        let view = View { pixels: Rect { x: (left, right), y: (above, below) }, ..rough };
        frame.draw(&mut svg, &self.x, &self.y);
        if self.points.is_empty() {
            svg.text(left + 8.0, above + LINE, "muted", "no instances");
        } else if self.points.len() <= MARKS && !self.has_values() {
            self.marks(&mut svg, &view);
        } else {
            self.pixels(&mut svg, look, &view, encode);
        }
        for (score, class) in &self.cuts {
            let at = view.to_pixel((*score, 0.0)).0;
            if at > left && at < right {
                svg.line(cut_class(*class), (at, above), (at, below));
            }
        }
        let at = if beside { (right + GAP, above + 8.0) } else { (PAD, below + BELOW + 26.0) };
        let end = self.legend(&mut svg, look, at, (room, columns));
        let bottom = (below + BELOW).max(end - LINE);
        let y = svg.paragraph(bottom + 24.0, "muted", &self.note);
        let height = if self.note.is_empty() { bottom } else { y - LINE } + PAD;
        svg.finish(&self.title, &self.description(), height)
    }

    /// Draws the points as marks, with one path for every layer and class.
    fn marks(&self, svg: &mut Svg, view: &View) {
        let points = &self.points;
        let (width, height) = view.pixels.size();
        let size = f64::from(suggested_size(points.len(), width * height));
        let any_selected = points.selected.contains(&true);
        for layer in 0..LAYERS {
            let dim = if any_selected && layer < LAYERS - 2 { " dim" } else { "" };
            for class in 0..=u8::MAX {
                let mut d = String::new();
                for i in 0..points.len() {
                    if points.layer(i) != layer || points.class(i) != class {
                        continue;
                    }
                    let at = view.to_pixel(points.at(i));
                    if view.pixels.contains(at) {
                        d += &mark(class, size, at);
                    }
                }
                if !d.is_empty() {
                    let class = mark_class(false, class, layer % 2 == 1);
                    svg.raw(&format!("<path class=\"{class}{dim}\" d=\"{d}\"/>"));
                }
            }
        }
    }

    /// Draws the points as pixels, one picture for every background that the chart may stand on.
    fn pixels(&self, svg: &mut Svg, look: &Look, view: &View, encode: Encode<'_>) {
        let (width, height) = view.pixels.size();
        let w = (width * DENSITY).round() as usize;
        let h = (height * DENSITY).round() as usize;
        let pixels = Rect { x: (0.0, w as f64), y: (0.0, h as f64) };
        let mut picture = vec![0; 4 * w * h];
        let mut rasterizer = Rasterizer::default();
        for (dark, class) in look.theme.grounds() {
            let mut style = Style::suggest(self.points.len(), (width, height), *dark);
            style.size *= DENSITY as f32;
            let Some(mut image) = Image::new(&mut picture, w, h) else { return };
            rasterizer.draw(&self.points, &View { pixels, ..*view }, &style, &mut image);
            let size = (w as u32, h as u32);
            let ground = style.palette.paper;
            let Some(address) = encode(&picture, size, ground) else { return };
            svg.raw(&format!(
                "<image class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                 preserveAspectRatio=\"none\" href=\"{address}\"/>",
                px(view.pixels.x.0),
                px(view.pixels.y.0),
                px(width),
                px(height)
            ));
        }
    }

    fn has_values(&self) -> bool {
        !self.points.value.is_empty()
    }

    /// Width in pixels that the legend would like to have.
    fn legend_room(&self) -> f64 {
        let entries = self.scenarios.iter();
        let widths = entries.map(|s| text_width(&s.scenario) + text_width(&counts(s)) + 40.0);
        widths.fold(KEYS, f64::max)
    }

    /// Draws the scenarios with their marks and counts, in columns of `room` pixels. Returns the next
    /// baseline.
    fn legend(
        &self,
        svg: &mut Svg,
        look: &Look,
        (left, top): (f64, f64),
        (room, columns): (f64, usize),
    ) -> f64 {
        let lines = self.scenarios.len().div_ceil(columns.max(1)).max(1);
        for (i, share) in self.scenarios.iter().enumerate() {
            let x = left + (room + GAP) * (i / lines) as f64;
            if i % lines == 0 {
                svg.text(x + room, top, "muted end", &self.head());
            }
            let y = top + (LINE + 4.0) * (i % lines + 1) as f64;
            let d = mark(share.class, 9.0, (x + 6.0, y - 4.5));
            let class = mark_class(self.has_values(), share.class, true);
            svg.raw(&format!("<path class=\"{class}\" d=\"{d}\"/>"));
            let counts = counts(share);
            let name = fitted(&share.scenario, room - 28.0 - text_width(&counts));
            svg.text(x + 20.0, y, "", &name);
            svg.text(x + room, y, "muted end", &counts);
        }
        let (x, mut y) = (left, top + (LINE + 4.0) * (lines + 1) as f64);
        let [filled, hollow] = self.marked.words();
        for (shared, label) in [(true, filled), (false, hollow)] {
            let at = x + if shared { 6.0 } else { 26.0 + text_width(filled) + 16.0 };
            let d = mark(0, 9.0, (at, y - 4.5));
            svg.raw(&format!("<path class=\"{}\" d=\"{d}\"/>", mark_class(true, 0, shared)));
            svg.text(at + 14.0, y, "muted", label);
        }
        y += LINE + 8.0;
        if self.has_values() { self.ramp(svg, look, (x, y), room) } else { y }
    }

    /// Draws the scale of the values' colours from 0 to 1. Returns the next baseline.
    fn ramp(&self, svg: &mut Svg, look: &Look, (x, y): (f64, f64), room: f64) -> f64 {
        svg.text(x, y, "muted", &fitted(&self.value, room));
        let steps = 24;
        let width = (room - 40.0).clamp(24.0, 140.0);
        for (dark, class) in look.theme.grounds() {
            let palette = crate::colour::Palette::new(*dark);
            for i in 0..steps {
                let colour = css(palette.value((i as f32 + 0.5) / steps as f32));
                let step = width / f64::from(steps);
                svg.raw(&format!(
                    "<rect class=\"cell {class}\" fill=\"{colour}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"10\"/>",
                    px(x + 14.0 + step * f64::from(i)),
                    px(y + LINE - 9.5),
                    px(step + 0.5)
                ));
            }
        }
        svg.text(x, y + LINE, "muted", "0");
        svg.text(x + 14.0 + width + 8.0, y + LINE, "muted", "1");
        y + 2.0 * LINE
    }

    /// Heading above the counts in the legend.
    fn head(&self) -> String {
        format!("{} / all", self.marked.words()[0])
    }

    fn description(&self) -> String {
        let rows = self.scenarios.iter().map(|s| format!("{} {}", s.scenario, counts(s)));
        let rows = rows.collect::<Vec<_>>().join(", ");
        let n = count(self.points.len() as u64);
        let head = match self.marked {
            Marked::Shared => "Shared",
            Marked::Clicked => "Clicked",
        };
        format!("{n} instances by {} and {}. {head} of all: {rows}.", self.x, self.y)
    }
}

/// Width in pixels of a filled and a hollow mark with their names.
const KEYS: f64 = 150.0;

fn counts(share: &ScenarioCounts) -> String {
    format!("{} / {}", count(share.shared), count(share.instances))
}

/// CSS classes of the line at the lowest shared score of a class.
pub(crate) fn cut_class(class: u8) -> &'static str {
    match class {
        OTHER => "cut stroke plain",
        class => ["cut stroke c0", "cut stroke c1", "cut stroke c2", "cut stroke c3"]
            [usize::from(class % 4)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    struct World {
        x: Vec<f32>,
        y: Vec<f32>,
        class: Vec<u8>,
        shared: Vec<bool>,
        value: Vec<f32>,
    }

    /// Points with scores between 0 and 1 and numbers like the towers' disagreement.
    fn world(n: usize) -> World {
        let part = |i: usize, by: usize| ((i * by) % n) as f32 / n as f32;
        let x: Vec<f32> = (0..n).map(|i| part(i, 37) * (0.5 + 0.5 * part(i, 11))).collect();
        let y = (0..n).map(|i| 0.2 * part(i, 53) * x[i] + 0.02 * part(i, 7)).collect();
        let class = (0..n).map(|i| [0, 0, 1, 2, 3][i % 5]).collect();
        let shared = x.iter().map(|x| *x > 0.55).collect();
        World { value: x.clone(), x, y, class, shared }
    }

    impl World {
        fn map(&self) -> Map<'_> {
            let points = Points {
                x: &self.x,
                y: &self.y,
                class: &self.class,
                shared: &self.shared,
                ..Points::default()
            };
            let share = |(k, scenario): (usize, &&str)| {
                let here = |i: &usize| usize::from(self.class[*i]) == k;
                let shared = (0..points.len()).filter(here).filter(|i| self.shared[*i]).count();
                let instances = (0..points.len()).filter(here).count() as u64;
                let class = k as u8;
                ScenarioCounts {
                    scenario: (*scenario).into(),
                    instances,
                    shared: shared as u64,
                    class,
                }
            };
            Map {
                marked: Marked::Shared,
                title: "Instances of all scenarios".into(),
                note: "Further right: worth showing to every tower, says the selector.".into(),
                x: "share score".into(),
                y: "disagreement of the towers (standard deviation of logits)".into(),
                value: "predicted click rate".into(),
                scenarios: ["home", "search", "cart", "a & b"]
                    .iter()
                    .enumerate()
                    .map(share)
                    .collect(),
                cuts: vec![(0.55, OTHER)],
                points,
            }
        }
    }

    #[test]
    fn wide() {
        insta::assert_binary_snapshot!("wide.svg", world(701).map().svg(&Look::default()).into());
    }

    #[test]
    fn narrow_and_dark() {
        let look = Look { width: 342.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("narrow.svg", world(301).map().svg(&look).into());
    }

    #[test]
    fn a_long_legend_stands_below_in_columns() {
        let world = world(301);
        let names = (0..60).map(|k| ScenarioCounts {
            scenario: format!("placement {k}"),
            instances: 9,
            shared: k % 9,
            class: if k < 4 { k as u8 } else { OTHER },
        });
        let map = Map { scenarios: names.collect(), ..world.map() };
        for (width, columns, highest) in [(760.0, 4, 1100.0), (342.0, 1, 1800.0)] {
            let svg = map.svg(&Look { width, ..Look::default() });
            assert_eq!(svg.matches(">shared / all<").count(), columns);
            let height = svg.split(" height=\"").nth(1).and_then(|s| s.split('"').next());
            let height: f64 = height.unwrap_or_default().parse().unwrap();
            assert!(height < highest, "{width}: {height}");
        }
    }

    /// The embedded picture is left out of the snapshot: its compressed bytes may change with the
    /// compressor, and the tests of the rasteriser compare its pixels.
    #[test]
    fn many_points_are_pixels() {
        let world = world(5003);
        let map =
            Map { points: Points { value: &world.value, ..world.map().points }, ..world.map() };
        let svg = map.svg(&Look { width: 600.0, theme: Theme::Auto });
        let mut parts = svg.split("href=\"data:image/png;base64,");
        let mut frame = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            frame += "href=\"…";
            frame += &part[part.find('"').expect("end of the address")..];
        }
        insta::assert_binary_snapshot!("pixels.svg", frame.into());
        let light = map.svg(&Look { width: 600.0, theme: Theme::Light });
        assert_eq!([&svg, &light].map(|s| s.matches("<image").count()), [2, 1]);
    }

    #[test]
    fn selected_points_are_not_dimmed() {
        let world = world(20);
        let selected: Vec<bool> = (0..20).map(|i| i < 2).collect();
        let map = world.map();
        let map = Map { points: Points { selected: &selected, ..map.points }, ..map };
        let svg = map.svg(&Look::default());
        assert!(svg.contains(" dim\"") && svg.contains("mark c0 open\""));
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        for width in [0.0, 60.0, 760.0] {
            for (x, n) in [(&[][..], 0), (&[f32::NAN; 3], 3), (&[1.0; 2500], 2500)] {
                let points = Points { x, y: &x[..n], ..Points::default() };
                let svg = Map { points, ..Map::default() }.svg(&Look { width, ..Look::default() });
                assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
            }
        }
    }
}
