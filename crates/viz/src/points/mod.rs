//! Drawing many points as pixels without a GPU. The page, the program and the documents get the
//! same bytes.

mod crowd;
mod raster;
mod sprite;
mod view;

use crate::colour::Palette;
use crate::picks::OTHER;
use crate::shape::SHAPES;
pub use raster::{Image, Rasterizer};
pub use view::{Rect, View};

/// Points in data units. `n` is the number of positions. The other slices may be shorter or empty:
/// a missing class is 0, and a missing bit is unset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Points<'a> {
    /// Horizontal positions `[n]`. Points whose position is not finite are not drawn.
    pub x: &'a [f32],
    /// Vertical positions `[n]`.
    pub y: &'a [f32],
    /// Class of each point `[n]`, for example its scenario. It gives the shape, which is
    /// `class % 4`, and a series colour, such that sixteen classes look different. Points of
    /// [`OTHER`] are grey and lie below the others.
    pub class: &'a [u8],
    /// Whether each point's instance is shared `[n]`. Shared points are filled.
    pub shared: &'a [bool],
    /// Numbers in `0..=1` that give the colours `[n]`. If empty, the classes give the colours.
    pub value: &'a [f32],
    /// Whether each point is selected `[n]`. If any point is, all others are dimmed.
    pub selected: &'a [bool],
    /// Index of the point under the pointer. It is drawn on top of all others, larger and with a
    /// circle around it.
    pub hovered: Option<u32>,
}

impl Points<'_> {
    /// Number of points.
    pub fn len(&self) -> usize {
        self.x.len().min(self.y.len())
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn class(&self, i: usize) -> u8 {
        self.class.get(i).copied().unwrap_or(0)
    }

    pub(crate) fn shared(&self, i: usize) -> bool {
        self.shared.get(i).copied().unwrap_or(false)
    }

    pub(crate) fn selected(&self, i: usize) -> bool {
        self.selected.get(i).copied().unwrap_or(false)
    }

    pub(crate) fn at(&self, i: usize) -> (f64, f64) {
        (f64::from(self.x[i]), f64::from(self.y[i]))
    }

    /// Layer of a point, from the lowest to the highest: those of no colour of their own, the
    /// others, the selected ones; in each the private ones first, then the shared ones.
    pub(crate) fn layer(&self, i: usize) -> usize {
        let coloured = !self.value.is_empty() || self.class(i) != OTHER;
        let above = if self.selected(i) { 2 } else { usize::from(coloured) };
        2 * above + usize::from(self.shared(i))
    }
}

/// Number of layers of points.
pub(crate) const LAYERS: usize = 6;

/// Shape and colour of a class: one of the four of the series, or the fifth, which is grey. The fifth
/// class has the shape of the first one but another colour.
pub(crate) fn look_of(class: u8) -> (usize, usize) {
    if class == OTHER {
        return (0, 4);
    }
    let class = usize::from(class);
    (class % SHAPES, (class + class / SHAPES) % 4)
}

/// Size, opacity and colours of the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Diameter in pixels of the picture, from 1 to 64. A picture with two pixels per CSS pixel
    /// needs twice the size.
    pub size: f32,
    /// Opacity of a point, in `0..=1`.
    pub opacity: f32,
    /// The colours.
    pub palette: Palette,
}

impl Style {
    /// A style with a size and an opacity that keep `n` points readable in a picture of `width` ×
    /// `height` pixels.
    pub fn suggest(n: usize, (width, height): (f64, f64), dark: bool) -> Self {
        let size = suggested_size(n, width * height);
        let opacity = suggested_opacity(n, size, width * height);
        Self { size, opacity, palette: Palette::new(dark) }
    }
}

/// A diameter in pixels for `n` points on `area` square pixels: from 9 for few points to 3 for very
/// many.
pub fn suggested_size(n: usize, area: f64) -> f32 {
    (0.75 * (area / n.max(1) as f64).sqrt()).clamp(3.0, 9.0) as f32
}

/// An opacity for `n` points of diameter `size` on `area` square pixels. If the points would cover
/// much of the picture, they become transparent, so that dense places look denser.
pub fn suggested_opacity(n: usize, size: f32, area: f64) -> f32 {
    let covered = n as f64 * f64::from(size * size) / area.max(1.0);
    (1.0 / (0.5 + covered).sqrt()).clamp(0.15, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_classes_look_different() {
        let mut looks: Vec<_> = (0..16).map(look_of).collect();
        looks.sort_unstable();
        looks.dedup();
        assert_eq!(looks.len(), 16);
    }

    #[test]
    fn more_points_are_smaller_and_fainter() {
        let area = 900.0 * 600.0;
        assert_eq!([1, 1000].map(|n| suggested_size(n, area)), [9.0; 2]);
        let styles = [1_000, 10_000, 100_000, 1_000_000].map(|n| {
            let style = Style::suggest(n, (900.0, 600.0), false);
            (-style.size, -style.opacity)
        });
        assert!(styles.is_sorted(), "{styles:?}");
        assert!(suggested_opacity(usize::MAX, 9.0, 0.0) > 0.1);
    }
}
