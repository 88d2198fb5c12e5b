//! Explains to the person who opened a file why it cannot be shown.

use crate::protocol::Failure;
use serde_json::Value;
use ssim_core::Error;
use ssim_core::artifact::VERSION;

/// Finds out from the bytes why reading a file failed with `error`.
pub fn diagnose(bytes: &[u8], error: &Error) -> Failure {
    let failure =
        |what: String, todo: &str| Failure { what, todo: todo.into(), detail: error.to_string() };
    if bytes.is_empty() {
        return failure("The file is empty.".into(), "Export it again, or copy it again.");
    }
    let Some(frame) = frame(bytes) else {
        return failure(
            "This is not a .ssim file.".into(),
            "Open a file that `ssim export --run RUN --out FILE.ssim` wrote.",
        );
    };
    if bytes.len() < frame.expected {
        return failure(
            format!(
                "The file is cut off: {} of {} bytes are here.",
                ssim_viz::count(bytes.len() as u64),
                ssim_viz::count(frame.expected as u64)
            ),
            "Download or copy it again.",
        );
    }
    match frame.version {
        None => failure(
            "The file has tensors in it, but is not a .ssim file.".into(),
            "Open a file that `ssim export --run RUN --out FILE.ssim` wrote.",
        ),
        Some(version) if version != u64::from(VERSION) => failure(
            format!("The file has version {version}; this page reads version {VERSION}."),
            "Export it again with the `ssim` that this page came with, or open it in the page of \
             the `ssim` that wrote it.",
        ),
        Some(_) => failure(
            "The file is damaged.".into(),
            "Copy it or export it again. If that fails too, please report the details below.",
        ),
    }
}

/// The facts that a file's beginning states, even where the rest of the file is missing.
struct Frame {
    /// Length of the whole file in bytes; of its beginning only, where the header itself is cut
    /// off.
    expected: usize,
    /// The artifact's version; `None` where the file is no artifact.
    version: Option<u64>,
}

/// Reads the beginning of a safetensors file: 8 bytes with the header's length, then the header as
/// JSON. `None` where the bytes are no such file.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let begins = rest.first() == Some(&b'{');
    let expected = length.checked_add(8).filter(|_| begins && length < 1 << 30)?;
    let Some(header) = rest.get(..length) else {
        return Some(Frame { expected, version: None });
    };
    let header: Value = serde_json::from_slice(header).ok()?;
    let ends = header.as_object()?.values().filter_map(|v| v.get("data_offsets")?.get(1)?.as_u64());
    let data = usize::try_from(ends.max().unwrap_or(0)).ok()?;
    let artifact = header.pointer("/__metadata__/ssim").and_then(Value::as_str);
    let artifact: Option<Value> =
        artifact.and_then(|json| serde_json::from_slice(json.as_bytes()).ok());
    let version = artifact.and_then(|artifact| artifact.get("version")?.as_u64());
    Some(Frame { expected: expected.checked_add(data)?, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    }

    fn what(bytes: &[u8]) -> String {
        diagnose(bytes, &Error::File("details".into())).what
    }

    #[test]
    fn every_kind_of_wrong_file_has_its_sentence() {
        let header = |version: u32| {
            let own = format!("{{\\\"format\\\":\\\"ssim artifact\\\",\\\"version\\\":{version}}}");
            format!(
                "{{\"__metadata__\":{{\"ssim\":\"{own}\"}},\"a\":{{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}}}"
            )
        };
        assert_eq!(what(b""), "The file is empty.");
        assert_eq!(what(b"PK\x03\x04 a zip file"), "This is not a .ssim file.");
        assert_eq!(what(b"id,label\n1,0\n"), "This is not a .ssim file.");
        assert!(what(&file(&header(7), 16)).contains("version 7; this page reads version 2"));
        assert_eq!(what(&file(&header(VERSION), 16)), "The file is damaged.");
        let whole = file(&header(VERSION), 16);
        for cut in [20, whole.len() - 1] {
            assert!(what(&whole[..cut]).starts_with("The file is cut off"), "{cut}");
        }
        assert!(what(&file("{}", 0)).contains("has tensors in it"));
    }
}
