//! The envelope of a message: the format's version and the request's number come before the body.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the messages. A browser's cache can hold an older worker than page; then the page
/// reports this instead of misreading the messages.
pub const VERSION: u32 = 7;

/// Encodes a message with the number of its request. An answer repeats the number, so that the page
/// recognises a late answer.
pub fn encode<T: Serialize>(id: u32, body: &T) -> Vec<u8> {
    // Encoding fails only for sequences of unknown length, and no message has one. Were there one,
    // the empty bytes would be reported as unreadable.
    postcard::to_allocvec(&(VERSION, id, body)).unwrap_or_default()
}

/// Decodes a message: the request's number and the body.
///
/// # Errors
/// When the message has another version, or its bytes cannot be read.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(u32, T), String> {
    let (version, rest): (u32, _) = postcard::take_from_bytes(bytes).map_err(unreadable)?;
    if version != VERSION {
        return Err(format!(
            "a message of version {version}, expected {VERSION}: reload without the cache"
        ));
    }
    postcard::from_bytes(rest).map_err(unreadable)
}

fn unreadable(error: postcard::Error) -> String {
    format!("an unreadable message: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_and_other_bytes_are_refused() {
        assert_eq!(decode(&encode(300, &"yes".to_owned())), Ok((300, "yes".to_owned())));
        let other = postcard::to_allocvec(&(VERSION + 1, 1u32, "yes")).unwrap();
        assert!(decode::<String>(&other).unwrap_err().contains("reload"));
        for bytes in [&[][..], &[VERSION as u8], &[VERSION as u8, 1, 200, b'x']] {
            assert!(decode::<String>(bytes).unwrap_err().contains("unreadable"), "{bytes:?}");
        }
    }
}
