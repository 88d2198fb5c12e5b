//! Pixels as a PNG file, and as an address that contains the file.

use crate::colour::Rgb;
use base64::Engine;

/// Encodes RGBA pixels `[h, w, 4]` as a PNG file. Alpha is dropped, because the pictures are
/// opaque. If there is a `ground`, pixels of that colour become transparent and the file is
/// compressed as far as possible.
pub(crate) fn encode(
    pixels: &[u8],
    (width, height): (u32, u32),
    ground: Option<Rgb>,
) -> Result<Vec<u8>, png::EncodingError> {
    let opaque = pixels.as_chunks().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]);
    // Five bits per channel are fine enough for small points, and take little more than half as
    // many bytes.
    let opaque: Vec<u8> = match ground {
        Some(_) => opaque.map(coarse).collect(),
        None => opaque.collect(),
    };
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(match ground {
        Some(_) => png::Compression::High,
        None => png::Compression::NoCompression,
    });
    if let Some(ground) = ground {
        encoder.set_trns(ground.map(coarse).map(|c| [0, c]).concat());
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&opaque)?;
    writer.finish()?;
    Ok(file)
}

/// A channel rounded down to five bits, which are spread over 0 to 255 again.
fn coarse(c: u8) -> u8 {
    c & 0xf8 | c >> 5
}

/// The picture as a `data:` address. Pixels with the colour `ground` are transparent.
pub(crate) fn address(
    pixels: &[u8],
    size: (u32, u32),
    ground: Rgb,
) -> Result<String, png::EncodingError> {
    let file = encode(pixels, size, Some(ground))?;
    Ok(format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(file: Vec<u8>) -> Vec<u8> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("header");
        let mut got = vec![0; reader.output_buffer_size().expect("size")];
        reader.next_frame(&mut got).expect("pixels");
        got
    }

    #[test]
    fn a_file_gives_the_pixels_back() {
        let pixels: Vec<u8> = (0..4 * 6).map(|i| if i % 4 == 3 { 255 } else { 9 * i }).collect();
        let exact = encode(&pixels, (3, 2), None).expect("png");
        let expected = pixels.chunks(4).flat_map(|p| &p[..3]).copied();
        assert_eq!(decoded(exact), expected.collect::<Vec<_>>());
        let ground = [pixels[4], pixels[5], pixels[6]];
        let small = decoded(encode(&pixels, (3, 2), Some(ground)).expect("png"));
        for (i, (got, pixel)) in small.chunks(4).zip(pixels.chunks(4)).enumerate() {
            assert!((0..3).all(|c| got[c].abs_diff(pixel[c]) < 8));
            assert_eq!(got[3], if i == 1 { 0 } else { 255 });
        }
    }

    #[test]
    fn an_address_names_its_kind() {
        let address = address(&[0; 4], (1, 1), [0; 3]).expect("png");
        assert!(address.starts_with("data:image/png;base64,iVBORw0KG"));
        assert!(super::address(&[], (0, 0), [0; 3]).is_err());
    }
}
