//! The envelope: version and number of the request come before what is said.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the messages. The worker's file can be older than the page's in a browser's
/// cache; then the page says so instead of misreading it.
pub const VERSION: u32 = 4;

/// A message with the number of the request it belongs to; answers repeat it, so that the page can
/// tell a late one.
pub fn encode<T: Serialize>(id: u32, body: &T) -> Vec<u8> {
    // Only sequences of unknown length fail, and there is none; no bytes would be told as unreadable.
    postcard::to_allocvec(&(VERSION, id, body)).unwrap_or_default()
}

/// The request's number and what is said.
///
/// # Errors
/// Says why it cannot be read: another version, or other bytes.
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
