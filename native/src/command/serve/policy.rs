//! Limits the page: it loads from its own server only, and runs only the scripts it came with. Pages
//! of other servers get nothing of it: to them an artifact on this machine is somebody else's secret.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

/// Headers of all answers that do not depend on the page.
const FIXED: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Makes the headers that limit a page.
///
/// # Errors
/// Fails when a header cannot hold the policy.
pub fn headers(index: &str) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, of(index).parse()?);
    headers.extend(FIXED.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Ok(headers)
}

/// Makes the content security policy of a page. Its inline scripts are allowed by their hashes.
fn of(index: &str) -> String {
    let hashes: String = inline_scripts(index)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; worker-src 'self' blob:; \
         connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; style-src 'self'; \
         style-src-attr 'unsafe-inline'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'"
    )
}

/// Gives the texts between `<script …>` and `</script>`, without the empty ones.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (_, after) = rest.split_once('>')?;
        let (script, _) = after.split_once("</script")?;
        Some(script).filter(|s| !s.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_get_a_hash_and_others_none() {
        let page = "<script src=\"a.js\"></script><script type=\"module\">go()</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["go()"]);
        assert_eq!(of(page).matches("'sha256-").count(), 1);
    }
}
