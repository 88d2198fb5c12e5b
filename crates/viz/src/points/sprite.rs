//! Sprites: small pictures of points, one for every shape, filling, colour and tone. They are drawn
//! once and copied often.

use super::Style;
use crate::colour::{Palette, Rgb, mix};
use crate::shape::{REACH, SHAPES, distance};
use wide::bytemuck::cast;
use wide::{i16x8, u8x16, u16x8};

/// Number of steps in the colour scale of values.
pub(crate) const LEVELS: usize = 32;
/// Opacities of points in crowds: of a few points on one place, and of more and more of them. Points on
/// places with twice as many neighbours have little more than half of the opacity, so the darkness of a
/// place grows with the number of its points, but slowly, and single points stay visible.
pub(crate) const CROWD: [f32; 7] = [0.9, 0.55, 0.33, 0.2, 0.12, 0.07, 0.04];
/// Distance in pixels from the hovered point to the outer edge of its circle, and the circle's
/// width.
const TARGET: f32 = 3.0;
const CIRCLE: f32 = 1.5;
/// Number of pixels that are blended at once.
const LANES: usize = 4;

/// Whether a point is selected, which decides its opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// No point is selected.
    Plain,
    /// Other points are selected, but not this one.
    Dim,
    /// This point is selected.
    Strong,
}

/// Four pixels of a sprite. Every byte of the picture becomes `byte · keep / 255 + add`.
#[derive(Clone, Copy)]
struct Four {
    keep: [u8; 4 * LANES],
    add: [u8; 4 * LANES],
}

/// Four pixels that leave the picture as it is.
const NOTHING: Four = Four { keep: [255; 4 * LANES], add: [0; 4 * LANES] };

/// Four neighbouring pixels in a row of a sprite, with the offset of the first of them from the
/// pixel of the centre.
struct Run {
    x: i32,
    y: i32,
    four: Four,
}

/// All sprites of a style. They have the same size.
#[derive(Default)]
pub(crate) struct Sprites {
    /// The arguments of [`Sprites::prepare`] that the sprites were drawn for.
    of: Option<(Style, bool, bool, bool)>,
    /// Distance in pixels from the centre's pixel to the first and the last pixel of a sprite.
    half: i32,
    /// The pixels that the sprites cover, sprite after sprite. Empty pixels are left out, because
    /// most of the square around a small point is empty.
    runs: Vec<Run>,
    /// Start of each sprite's runs in `runs`, and the end of the last sprite's.
    starts: Vec<usize>,
    /// Number of colours that the sprites come in.
    colours: usize,
    /// Number of opacities that the sprites of a tone come in.
    levels: usize,
}

impl Sprites {
    /// Draws the sprites of `style`, unless they are drawn already. `values` asks for the colours
    /// of values instead of the series' colours, `target` for a circle around each point, and `crowd`
    /// for the opacities of [`CROWD`] besides the style's.
    pub fn prepare(&mut self, style: &Style, values: bool, target: bool, crowd: bool) {
        if self.of == Some((*style, values, target, crowd)) {
            return;
        }
        self.of = Some((*style, values, target, crowd));
        let size = style.size.clamp(1.0, 64.0);
        let reach = REACH * size + if target { TARGET } else { 0.0 };
        self.half = ((reach + 0.5).ceil() as i32 - 1).max(0);
        let palette = &style.palette;
        let colours: Vec<Rgb> = match values {
            true => (0..LEVELS).map(|i| palette.value(i as f32 / (LEVELS - 1) as f32)).collect(),
            false => palette.series.into_iter().chain([palette.other]).collect(),
        };
        self.colours = colours.len();
        let crowd: &[f32] = if crowd { &CROWD } else { &[] };
        self.levels = 1 + crowd.len();
        self.runs.clear();
        self.starts.clear();
        self.starts.push(0);
        let tones = [Tone::Plain, Tone::Dim, Tone::Strong];
        let levels = || [style.opacity.clamp(0.0, 1.0)].into_iter().chain(crowd.iter().copied());
        for (tone, level) in tones.into_iter().flat_map(|t| levels().map(move |level| (t, level))) {
            let alpha = opacity(level, tone);
            for colour in &colours {
                // On a small point a strong ring would hide the colour.
                let ring = mix(*colour, palette.ink, (0.06 * size).clamp(0.2, 0.55));
                for shape in 0..SHAPES {
                    for shared in [false, true] {
                        let pixel = |x, y| pixel(shape, size, shared, [*colour, ring], (x, y));
                        match target {
                            false => self.add(alpha, pixel),
                            true => self.add(1.0, |x, y| aim(style, size, pixel(x, y), (x, y))),
                        }
                    }
                }
            }
        }
    }

    /// Number of the sprite for a tone, an opacity (0 for the style's, else its place in [`CROWD`] from
    /// 1), a colour (of a series, or a step of the scale of values), a shape and a filling.
    pub fn number(
        &self,
        (tone, level): (Tone, usize),
        (colour, shape): (usize, usize),
        shared: bool,
    ) -> u32 {
        debug_assert!(colour < self.colours && shape < SHAPES && level < self.levels);
        let colour = (tone as usize * self.levels + level) * self.colours + colour;
        ((colour * SHAPES + shape) * 2 + usize::from(shared)) as u32
    }

    /// Distance in pixels that sprites reach from the pixel of their centre.
    pub fn half(&self) -> i32 {
        self.half
    }

    /// Adds a sprite. `pixel` gives the colour at an offset from the centre, and the part of the
    /// pixel that it covers. Every row of the sprite gets only as many runs as it needs.
    fn add(&mut self, alpha: f32, pixel: impl Fn(f32, f32) -> (Rgb, f32)) {
        let half = self.half;
        for y in -half..=half {
            let at = |x: i32| pixel(x as f32, y as f32);
            let mut x = -half;
            while x <= half {
                if weight(alpha, at(x).1) == 0 {
                    x += 1;
                    continue;
                }
                let mut four = NOTHING;
                for (lane, x) in (x..=half).take(LANES).enumerate() {
                    let (colour, cover) = at(x);
                    let a = weight(alpha, cover);
                    let add = |c: u8| ((u32::from(c) * a + 127) / 255) as u8;
                    let [r, g, b] = colour.map(add);
                    four.add[4 * lane..][..4].copy_from_slice(&[r, g, b, a as u8]);
                    four.keep[4 * lane..][..4].fill(255 - a as u8);
                }
                self.runs.push(Run { x, y, four });
                x += LANES as i32;
            }
        }
        self.starts.push(self.runs.len());
    }

    /// Blends sprite `number` into a picture that is `width` pixels wide, with the sprite's centre
    /// in pixel `(x, y)`. Pixels outside of `clip` (left, top, right, bottom) stay as they are.
    pub fn blend(
        &self,
        picture: &mut [u8],
        width: usize,
        clip: [i32; 4],
        number: u32,
        (x, y): (i32, i32),
    ) {
        let runs = &self.runs[self.starts[number as usize]..self.starts[number as usize + 1]];
        let [left, top, right, bottom] = clip;
        let (half, padded) = (self.half, self.half + LANES as i32);
        if x - half >= left && x + padded <= right && y - half >= top && y + half < bottom {
            for run in runs {
                let at = 4 * ((y + run.y) as usize * width + (x + run.x) as usize);
                if let Some(pixels) = picture[at..].first_chunk_mut() {
                    over(pixels, &run.four);
                }
            }
            return;
        }
        for run in runs.iter().filter(|run| (top..bottom).contains(&(y + run.y))) {
            for (lane, x) in (x + run.x..).take(LANES).enumerate() {
                if (left..right).contains(&x) {
                    let at = 4 * ((y + run.y) as usize * width + x as usize);
                    for (i, byte) in picture[at..at + 4].iter_mut().enumerate() {
                        let Four { keep, add } = &run.four;
                        *byte = blended(*byte, keep[4 * lane + i], add[4 * lane + i]);
                    }
                }
            }
        }
    }
}

/// The point's part of a pixel's colour, from 0 to 255.
fn weight(alpha: f32, cover: f32) -> u32 {
    (255.0 * alpha * cover + 0.5) as u32
}

/// The opacity of a point with the given tone. Selected points stand out, but they stay transparent
/// enough to show places with many of them.
fn opacity(opacity: f32, tone: Tone) -> f32 {
    match tone {
        Tone::Plain => opacity,
        Tone::Dim => 0.25 * opacity,
        Tone::Strong => 0.5 + 0.5 * opacity,
    }
}

/// Colour of one pixel of a point, and the part of the pixel that it covers. A private point is an
/// outline; a shared point is filled and has a ring.
fn pixel(
    shape: usize,
    size: f32,
    shared: bool,
    [colour, ring]: [Rgb; 2],
    (x, y): (f32, f32),
) -> (Rgb, f32) {
    let line = (0.19 * size).max(1.0);
    let d = distance(shape, size, x, y);
    let outer = (0.5 - d).clamp(0.0, 1.0);
    let inner = (0.5 - d - line).clamp(0.0, 1.0).min(outer);
    match shared {
        false => (colour, outer - inner),
        true => (mix(ring, colour, if outer > 0.0 { inner / outer } else { 0.0 }), outer),
    }
}

/// One pixel of the hovered point. The point lies on a disc of the background colour with a circle
/// around it, so it looks like no other point.
fn aim(style: &Style, size: f32, (colour, cover): (Rgb, f32), (x, y): (f32, f32)) -> (Rgb, f32) {
    let d = (x * x + y * y).sqrt() - REACH * size - TARGET;
    let Palette { ink, paper, .. } = style.palette;
    let disc = mix(ink, mix(paper, colour, cover), (0.5 - d - CIRCLE).clamp(0.0, 1.0));
    (disc, (0.5 - d).clamp(0.0, 1.0))
}

/// Does what [`blended`] does for sixteen bytes at once. The vectors are written out by hand,
/// because the page is built for size, and such a build does not vectorise loops.
fn over(pixels: &mut [u8; 4 * LANES], four: &Four) {
    let [bytes, keep, add] = [*pixels, four.keep, four.add].map(u8x16::new);
    let kept = |bytes: u16x8, keep: u16x8| {
        let t = bytes * keep + u16x8::splat(128);
        cast::<_, i16x8>((t + (t >> 8)) >> 8)
    };
    let low = kept(u16x8::from_u8x16_low(bytes), u16x8::from_u8x16_low(keep));
    let high = kept(u16x8::from_u8x16_high(bytes), u16x8::from_u8x16_high(keep));
    *pixels = (u8x16::narrow_i16x8(low, high) + add).to_array();
}

/// `byte · keep / 255 + add`, with the quotient rounded to the nearest integer. Nothing overflows,
/// because `add` is at most `255 - keep`; the `wrapping` functions avoid overflow checks in every
/// build profile.
#[inline(always)]
fn blended(byte: u8, keep: u8, add: u8) -> u8 {
    let t = u16::from(byte).wrapping_mul(u16::from(keep)).wrapping_add(128);
    ((t.wrapping_add(t >> 8) >> 8) as u8).wrapping_add(add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blending_is_exact() {
        for byte in 0..=255u8 {
            for keep in 0..=255u8 {
                let exact = (u32::from(byte) * u32::from(keep) * 2 + 255) / 510;
                assert_eq!(u32::from(blended(byte, keep, 0)), exact);
                let mut pixels = [byte; 16];
                let add = if byte % 2 == 0 { 0 } else { 255 - keep };
                over(&mut pixels, &Four { keep: [keep; 16], add: [add; 16] });
                assert_eq!(pixels, [blended(byte, keep, add); 16], "sixteen at once");
            }
        }
    }

    #[test]
    fn shared_is_filled_and_private_hollow() {
        for shape in 0..SHAPES {
            let at = |shared, x| pixel(shape, 12.0, shared, [[200; 3], [50; 3]], (x, 0.0));
            assert_eq!(at(true, 0.0), ([200; 3], 1.0));
            assert_eq!(at(false, 0.0).1, 0.0);
            assert_eq!(at(true, 9.0).1, 0.0);
        }
    }

    #[test]
    fn what_is_clipped_equals_what_is_not() {
        let mut sprites = Sprites::default();
        sprites.prepare(&Style::suggest(10, (40.0, 40.0), false), false, false, false);
        let number = sprites.number((Tone::Plain, 0), (1, 2), true);
        let draw = |clip: [i32; 4]| {
            let mut picture = vec![255; 4 * 40 * 30];
            sprites.blend(&mut picture, 40, clip, number, (20, 15));
            picture
        };
        let (all, part) = (draw([0, 0, 40, 30]), draw([0, 0, 21, 16]));
        assert_ne!(all, part);
        for (i, (a, b)) in all.chunks(4).zip(part.chunks(4)).enumerate() {
            let inside = i % 40 < 21 && i / 40 < 16;
            assert_eq!(b, if inside { a } else { &[255; 4] }, "pixel {i}");
        }
    }
}
