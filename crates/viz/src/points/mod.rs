//! Many points as pixels, drawn without a GPU: the same bytes in the page, the program and the
//! documents.

mod raster;
mod sprite;
mod view;

use crate::colour::Palette;
use crate::shape::SHAPES;
pub use raster::{Image, Rasterizer};
pub use view::{Rect, View};

/// Points in data units. `n` is the number of positions; any other slice may be empty, or short:
/// a class that is missing is 0, a bit that is missing is unset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Points<'a> {
    /// Positions `[n]`; points whose position is not finite are not drawn.
    pub x: &'a [f32],
    /// Positions `[n]`.
    pub y: &'a [f32],
    /// Class of each point `[n]`, a scenario say: shape `class % 4`, and a series colour such that
    /// sixteen classes look different.
    pub class: &'a [u8],
    /// Whether the point is filled `[n]`: the instance is shared.
    pub shared: &'a [bool],
    /// Numbers in `0..=1` `[n]`, if they and not the classes are to give the colours.
    pub value: &'a [f32],
    /// Selected points `[n]`; as soon as there is one, all others are dimmed.
    pub selected: &'a [bool],
    /// The point under the pointer: on top of all others, larger, ringed.
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

    /// Layer of a point, from the lowest to the highest: private, shared, and the selected ones.
    pub(crate) fn layer(&self, i: usize) -> usize {
        2 * usize::from(self.selected(i)) + usize::from(self.shared(i))
    }
}

/// Shape and series colour of a class. A fifth class has the first one's shape, not its colour.
pub(crate) fn look_of(class: usize) -> (usize, usize) {
    (class % SHAPES, (class + class / SHAPES) % 4)
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Diameter in pixels of the picture, 1 to 64. A picture with two pixels per CSS pixel needs
    /// twice the size.
    pub size: f32,
    /// How much a point covers, `0..=1`.
    pub opacity: f32,
    /// The colours.
    pub palette: Palette,
}

impl Style {
    /// Size and opacity that keep `n` points in a picture of so many pixels readable.
    pub fn suggest(n: usize, (width, height): (f64, f64), dark: bool) -> Self {
        let size = suggested_size(n, width * height);
        let opacity = suggested_opacity(n, size, width * height);
        Self { size, opacity, palette: Palette::new(dark) }
    }
}

/// A diameter for `n` points on `area` square pixels: from 9 for few to 3 for very many.
pub fn suggested_size(n: usize, area: f64) -> f32 {
    (1.2 * (area / n.max(1) as f64).sqrt()).clamp(3.0, 9.0) as f32
}

/// An opacity for `n` points of diameter `size` on `area` square pixels. Points are see-through
/// once they would cover the picture, so that dense places look denser.
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
