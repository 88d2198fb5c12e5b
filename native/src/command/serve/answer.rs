//! Makes the answer to a request: which content, in which form, and which part of it.

use super::asked::{Asked, Part};
use super::body::{self, Body};
use super::content::Content;
use super::find::{self, Name, Target};
use super::gzip::Packed;
use super::host::Hosts;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::PathBuf;

/// The address of the artifact that the command line names.
const ARTIFACT: &str = "demo.ssim";

/// The answer to a request, or the status of a refusal.
type Answer = Result<Response<Body>, StatusCode>;

/// Everything that is served, and the hosts and headers of all answers.
pub struct Site {
    page: PathBuf,
    artifact: Option<(String, Content)>,
    hosts: Hosts,
    headers: HeaderMap,
    packed: Packed,
}

impl Site {
    /// A site of a folder, with an artifact and its file's name in place of the one in the folder.
    /// `headers` are sent with every answer.
    pub fn new(
        page: PathBuf,
        artifact: Option<(String, Content)>,
        hosts: Hosts,
        headers: HeaderMap,
    ) -> Self {
        Self { page, artifact, hosts, headers, packed: Packed::default() }
    }

    /// Answers a request. Its body is not read.
    pub async fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let mut answer = self.found(request).await.unwrap_or_else(refusal);
        answer.headers_mut().extend(self.headers.clone());
        answer
    }

    async fn found<B>(&self, request: &Request<B>) -> Answer {
        if !self.hosts.know(request.uri(), request.headers()) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let path = request.uri().path();
        let name = find::name(path).ok_or(StatusCode::NOT_FOUND)?;
        match self.content(&name).await? {
            Some(content) => self.form(&name, content, Asked(request.headers())).await,
            // Links in a page of the folder are relative to the address that ends with a slash.
            None => {
                let mut answer = refusal(StatusCode::TEMPORARY_REDIRECT);
                answer.headers_mut().insert(header::LOCATION, value(&format!("{path}/"))?);
                Ok(answer)
            }
        }
    }

    /// Opens the content of a name, or gives `None` for a folder.
    async fn content(&self, name: &Name) -> Result<Option<Content>, StatusCode> {
        if let Some((_, artifact)) = &self.artifact
            && *name == [ARTIFACT]
        {
            return artifact.again().map(Some).map_err(|_| StatusCode::SERVICE_UNAVAILABLE);
        }
        let (page, name) = (self.page.clone(), name.clone());
        let found = tokio::task::spawn_blocking(move || find::find(&page, &name)).await;
        match found.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?? {
            Target::File(content) => Ok(Some(content)),
            Target::Folder => Ok(None),
        }
    }

    /// Answers with a content: with nothing if the browser has it, otherwise with a part of it or
    /// with all of it, and all of it packed if the browser takes that.
    async fn form(&self, name: &Name, content: Content, asked: Asked<'_>) -> Answer {
        let file = name.last().filter(|last| !last.is_empty()).map_or("index.html", |last| last);
        let length = content.stamp.length;
        let [plain, packed] = ["", "-gzip"].map(|form| content.stamp.tag(form));
        let mut answer = Response::new(body::bytes(""));
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep(file)));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The address does not say the name of the file, and the page shows it.
        if let Some((called, _)) = self.artifact.as_ref().filter(|_| *name == [ARTIFACT]) {
            let called = utf8_percent_encode(called, NON_ALPHANUMERIC);
            let place = value(&format!("inline; filename*=UTF-8''{called}"))?;
            headers.insert(header::CONTENT_DISPOSITION, place);
        }
        if let Some(tag) = [&plain, &packed].into_iter().find(|tag| asked.has(tag)) {
            headers.insert(header::ETAG, value(tag)?);
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(answer);
        }
        let kind = mime_guess::from_path(file).first_raw().unwrap_or("application/octet-stream");
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let part = asked.part(&plain, length);
        if part == Part::All && asked.takes_gzip() && Packed::worth(file, length) {
            let bytes = self.packed.get(&name.join("/"), &content).await;
            if let Some(bytes) = bytes.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)? {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                headers.insert(header::ETAG, value(&packed)?);
                headers.insert(header::CONTENT_LENGTH, bytes.len().into());
                *answer.body_mut() = body::bytes(bytes);
                return Ok(answer);
            }
        }
        headers.insert(header::ETAG, value(&plain)?);
        let range = match part {
            Part::All => 0..length,
            Part::Range(range) => {
                let place = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                headers.insert(header::CONTENT_RANGE, value(&place)?);
                *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
                range
            }
            Part::Outside => {
                let mut answer = refusal(StatusCode::RANGE_NOT_SATISFIABLE);
                let place = value(&format!("bytes */{length}"))?;
                answer.headers_mut().insert(header::CONTENT_RANGE, place);
                return Ok(answer);
            }
        };
        answer.headers_mut().insert(header::CONTENT_LENGTH, (range.end - range.start).into());
        *answer.body_mut() = body::part(content, range);
        Ok(answer)
    }
}

/// Answers with a status and a sentence.
fn refusal(status: StatusCode) -> Response<Body> {
    let text = match status {
        StatusCode::MISDIRECTED_REQUEST => {
            "this server answers to names of this machine only; `ssim serve --allow-host NAME` adds one\n"
                .to_owned()
        }
        _ => format!("{status}\n"),
    };
    let mut answer = Response::new(body::bytes(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    answer
}

/// A header's value. Names of files that cannot stand in one lead to 404.
fn value(text: &str) -> Result<HeaderValue, StatusCode> {
    HeaderValue::from_str(text).map_err(|_| StatusCode::NOT_FOUND)
}

/// Says how long a browser may keep a file: for ever if the name holds a hash of its bytes.
fn keep(name: &str) -> &'static str {
    let stem = name.split('.').next();
    let hash = stem.and_then(|stem| stem.rsplit('-').next()).map(|h| h.trim_end_matches("_bg"));
    let hashed = hash.is_some_and(|h| h.len() == 16 && h.bytes().all(|b| b.is_ascii_hexdigit()));
    if hashed { "public, max-age=31536000, immutable" } else { "no-cache" }
}

#[cfg(test)]
mod tests {
    use super::keep;

    #[test]
    fn only_names_with_a_hash_are_kept() {
        for kept in ["page-6d2c05a1251bdbc1.js", "page-6d2c05a1251bdbc1_bg.wasm"] {
            assert!(keep(kept).contains("immutable"), "{kept}");
        }
        for fresh in ["index.html", "worker.js", "demo-map.svg", "demo.ssim"] {
            assert_eq!(keep(fresh), "no-cache", "{fresh}");
        }
    }
}
