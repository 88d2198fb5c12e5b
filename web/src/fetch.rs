//! Reading of a file's bytes, from the page's own folder or from the reader's disk.

use crate::protocol::Failure;
use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader, Response};

/// Progress of a download: bytes so far, and the length of the file where it is known.
pub type FetchProgress = (usize, Option<usize>);

/// Fetches a file from the page's own folder, and reports the progress after every chunk. Gives back the
/// file's name too: the one that the server says, otherwise the address.
///
/// # Errors
/// When the file does not exist, or the connection breaks.
pub async fn fetch(
    url: &str,
    progress: impl Fn(FetchProgress),
) -> Result<(String, ArrayBuffer), Failure> {
    let failed = |detail: String| Failure {
        what: format!("{url} could not be fetched."),
        todo: "Check the connection and try again, or open a .ssim file of your own.".into(),
        detail,
    };
    let window = web_sys::window().ok_or_else(|| failed("there is no window".into()))?;
    let response =
        JsFuture::from(window.fetch_with_str(url)).await.map_err(|e| failed(text(&e)))?;
    let response: Response = response.unchecked_into();
    if response.status() == 404 {
        return Err(Failure {
            what: format!("There is no {url} beside this page."),
            todo: "Open a .ssim file: `ssim export --run RUN --out FILE.ssim` writes one.".into(),
            detail: format!("{}: HTTP status 404", response.url()),
        });
    }
    if !response.ok() {
        return Err(failed(format!("{}: HTTP status {}", response.url(), response.status())));
    }
    let chunks = chunks(&response, progress).await.map_err(|e| failed(text(&e)))?;
    let whole = Uint8Array::new_with_length(chunks.iter().map(Uint8Array::length).sum());
    let mut at = 0;
    for chunk in chunks {
        whole.set(&chunk, at);
        at += chunk.length();
    }
    Ok((called(&response).unwrap_or_else(|| url.to_owned()), whole.buffer()))
}

/// The name that the server gives the file, as `ssim serve` does.
fn called(response: &Response) -> Option<String> {
    let place = response.headers().get("content-disposition").ok()??;
    let (_, name) = place.split_once("filename*=UTF-8''")?;
    js_sys::decode_uri_component(name).ok().map(String::from)
}

async fn chunks(
    response: &Response,
    progress: impl Fn(FetchProgress),
) -> Result<Vec<Uint8Array>, JsValue> {
    // Servers state the length of the compressed bytes, but the chunks are unpacked. So the length
    // of a compressed file is unknown.
    let header = |name| response.headers().get(name).ok().flatten();
    let packed = header("content-encoding").is_some();
    let length = header("content-length").filter(|_| !packed).and_then(|n| n.parse().ok());
    let Some(body) = response.body() else {
        return Ok(Vec::new());
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut chunks = Vec::new();
    let mut got = 0;
    loop {
        let step = JsFuture::from(reader.read()).await?;
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            return Ok(chunks);
        }
        let chunk: Uint8Array = Reflect::get(&step, &"value".into())?.unchecked_into();
        got += chunk.length() as usize;
        progress((got, length));
        chunks.push(chunk);
    }
}

/// The largest file that is read, in bytes. A WebAssembly program has at most 4 GB, and holds a file, its weights and
/// what is computed with them beside each other.
const MOST: f64 = 1e9;

/// Whether a file is a table to train on, by its name.
pub fn is_table(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".csv") || name.ends_with(".tsv")
}

/// Reads a file from the reader's disk.
///
/// # Errors
/// When it is too large, or the browser cannot read it, because it is a folder or was moved.
pub async fn read(file: &File) -> Result<ArrayBuffer, Failure> {
    if file.size() > MOST {
        let (name, size) = (file.name(), ssim_viz::fixed(file.size() / 1e9, 1));
        let todo = match is_table(&name) {
            true => "Take part of its rows, or train on it with `ssim fit`, which has no limit.",
            false => {
                "Export fewer test rows with `ssim export --sample 2000`, without `--single`; `ssim rows` and \
                 `ssim plot` read a file of any size."
            }
        };
        return Err(Failure {
            what: format!(
                "{name} is too large for a browser's memory: {size} GB, and this page reads at most 1 GB."
            ),
            todo: todo.into(),
            detail: format!("{} bytes, limit {MOST} bytes", file.size()),
        });
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    bytes.map(JsCast::unchecked_into).map_err(|error| Failure {
        what: format!("{} could not be read.", file.name()),
        todo: "Check that it is a file, not a folder, and that it is still there.".into(),
        detail: text(&error),
    })
}

/// The message of a value that JavaScript code has thrown.
fn text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}
