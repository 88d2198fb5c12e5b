//! Checksums, by which a reader notices that a file has been damaged.
//!
//! All of them are XXH64 with the seed 0. It is as fast as memory is, needs no tables, and other
//! languages have it too. It is no protection against somebody who changes a file on purpose.

use std::hash::Hasher;
use std::io::Write;
use twox_hash::XxHash64;

/// The checksum of bytes that come in pieces. How they are cut into pieces does not matter.
#[derive(Clone, Default)]
pub struct Checksum(XxHash64);

impl Checksum {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> u64 {
        XxHash64::oneshot(0, bytes)
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The checksum of all bytes so far.
    pub fn value(&self) -> u64 {
        self.0.finish()
    }
}

/// Passes bytes on to a writer, and takes their checksum on the way.
pub struct Summed<'a, W: ?Sized> {
    to: &'a mut W,
    sum: Checksum,
}

impl<'a, W: Write + ?Sized> Summed<'a, W> {
    /// Writes to `to`.
    pub fn new(to: &'a mut W) -> Self {
        Self { to, sum: Checksum::default() }
    }

    /// The checksum of what has been written since the last call. The next one begins anew.
    pub fn take(&mut self) -> u64 {
        std::mem::take(&mut self.sum).value()
    }
}

impl<W: Write + ?Sized> Write for Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.sum.add(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// The name of the kind of checksum, which stands before it in a text.
const KIND: &str = "xxh64:";

/// Number of bytes of a checksum in a text.
pub const LENGTH: usize = KIND.len() + 16;

/// Adds a last key `checksum` to a JSON object, indented or on one line. The checksum is that of the
/// text before it, so that text and checksum cannot be told apart by a program that was stopped
/// between the two. A text that is no object, or an empty one, stays as it is.
pub fn seal_json(text: &mut String) {
    let (end, key) = match text.ends_with("\n}") {
        true => ("\n}", ",\n  \"checksum\": \""),
        false => ("}", ",\"checksum\":\""),
    };
    if text.ends_with(end) && text.len() > "{}".len() {
        text.truncate(text.len() - end.len());
        text.push_str(key);
        push_sum(text);
        text.push('"');
        text.push_str(end);
    }
}

/// The beginning of the line that [`seal_toml`] adds.
const LINE: &str = "# checksum: ";

/// Adds a last line with the checksum of the text before it to a TOML text, as a comment.
pub fn seal_toml(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(LINE);
    push_sum(text);
    text.push('\n');
}

/// Adds the checksum of a text to it.
fn push_sum(text: &mut String) {
    let sum = Checksum::of(text.as_bytes());
    text.push_str(&format!("{KIND}{sum:016x}"));
}

/// The text in front of the checksum that [`seal_json`] or [`seal_toml`] has added, and the checksum.
/// `None` if the text ends without one.
pub fn sealed(text: &str) -> Option<(&str, &str)> {
    let at = text.rfind(KIND)?;
    let (before, sum) = text.split_at(at);
    let end = sum.trim_end_matches(['"', '}', ' ', '\n']);
    let named = ["\"checksum\": \"", "\"checksum\":\"", "\n# checksum: "];
    let named = before == LINE || named.iter().any(|name| before.ends_with(name));
    (named && !end.contains('\n')).then_some((before, end))
}

/// The text without the line that [`seal_toml`] has added.
pub fn without_line(text: &str) -> &str {
    sealed(text).and_then(|(before, _)| before.strip_suffix(LINE)).unwrap_or(text)
}

/// Compares a text with the checksum at its end, if there is one. Texts without one come from people,
/// from other programs and from older versions.
///
/// # Errors
/// Gives both checksums, and says what to do if somebody has edited the text on purpose.
pub fn verify(text: &str) -> Result<(), String> {
    let Some((before, expected)) = sealed(text) else { return Ok(()) };
    let got = format!("{KIND}{:016x}", Checksum::of(before.as_bytes()));
    match got == expected {
        true => Ok(()),
        false => Err(format!(
            "expected a text with {expected}, got one with {got}: it has been damaged; if it was \
             edited on purpose, remove its checksum"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..1000u32).map(|i| (i * 7 % 251) as u8).collect();
        let mut sum = Checksum::default();
        bytes.chunks(33).for_each(|piece| sum.add(piece));
        assert_eq!(sum.value(), Checksum::of(&bytes));
        // The published checksum of no bytes.
        assert_eq!(Checksum::of(&[]), 0xef46_db37_51d8_e999);
    }

    #[test]
    fn a_sealed_text_is_still_the_same_json_and_toml() {
        for mut text in ["{\n  \"a\": 1\n}".to_owned(), "{\"a\":1}".to_owned()] {
            seal_json(&mut text);
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(value["a"], 1, "{text}");
            assert_eq!(value["checksum"].as_str().map(str::len), Some(22), "{text}");
            assert_eq!(verify(&text), Ok(()));
        }
        for text in ["[]", "{}", "3"] {
            let mut sealed = text.to_owned();
            seal_json(&mut sealed);
            assert_eq!(sealed, text);
        }
        let mut text = "a = 1".to_owned();
        seal_toml(&mut text);
        assert!(text.starts_with("a = 1\n# checksum: xxh64:") && text.ends_with('\n'), "{text}");
        assert_eq!((verify(&text), without_line(&text)), (Ok(()), "a = 1\n"));
        assert_eq!(without_line("a = 1"), "a = 1");
    }

    #[test]
    fn a_flipped_bit_is_found_or_changes_nothing() {
        let mut json = "{\n  \"a\": 1,\n  \"b\": [\"x\", 2.5]\n}".to_owned();
        seal_json(&mut json);
        json.push('\n');
        let value = |text: &str| -> Option<serde_json::Value> {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(serde_json::json!([value.get("a")?, value.get("b")?]))
        };
        let whole = value(&json).expect("JSON");
        for bit in 0..json.len() * 8 {
            let mut bytes = json.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if verify(&text).is_ok()
                && let Some(read) = value(&text)
            {
                assert_eq!(read, whole, "{text}");
            }
        }
    }

    #[test]
    fn texts_of_people_have_no_checksum() {
        for text in ["", "a = 1\n", "{\"kind\": \"xxh64:0123\"}", "name = \"xxh64:a\"\nb = 2\n"] {
            assert_eq!((sealed(text), verify(text)), (None, Ok(())));
        }
        let mut text = "a = 1\n".to_owned();
        seal_toml(&mut text);
        let told = verify(&text.replace('1', "2")).expect_err("another text");
        assert!(told.contains("remove its checksum"), "{told}");
        // Lines behind the checksum are a person's.
        assert_eq!(verify(&(text + "b = 2\n")), Ok(()));
    }
}
