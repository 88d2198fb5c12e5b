//! `ssim serve`: serves the page and an artifact, on this machine only.

mod bundle;
mod policy;

use crate::files::read;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use ssim_core::artifact::Artifact;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The artifact to show (default: the one that came with the page)
    #[arg(value_name = "FILE.ssim")]
    file: Option<PathBuf>,
    #[command(flatten)]
    page: PageServerArgs,
}

#[derive(Debug, Args)]
pub struct PageServerArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8017)]
    port: u16,
    #[command(flatten)]
    web: PageFolderArgs,
}

/// The option that names the folder of the page.
#[derive(Debug, Args)]
pub struct PageFolderArgs {
    /// Folder of the built page
    #[arg(long, value_name = "DIR", env = "SSIM_WEB_DIST")]
    web: Option<PathBuf>,
}

pub fn run(args: &ServeArgs) -> Result<()> {
    let page = args.page.folder()?;
    let artifact = args.file.as_ref().map(|path| {
        let bytes = read::bytes(path)?;
        // A bad file is reported here, before the page would report it.
        Artifact::from_bytes(&bytes).with_context(|| path.display().to_string())?;
        Ok::<_, anyhow::Error>(bytes)
    });
    serve(&page, artifact.transpose()?, args.page.port)
}

impl PageFolderArgs {
    /// Gives the page's folder, as a path without symbolic links.
    ///
    /// # Errors
    /// Fails when there is no page.
    pub fn folder(&self) -> Result<PathBuf> {
        let Some(web) = &self.web else { return bundle::folder() };
        match web.canonicalize() {
            Ok(folder) if folder.join("index.html").is_file() => Ok(folder),
            _ => Fail::usage(format!(
                "{}: expected a built page with index.html, got none",
                web.display()
            )),
        }
    }
}

impl PageServerArgs {
    /// Gives the page's folder.
    ///
    /// # Errors
    /// Fails when there is no page.
    pub fn folder(&self) -> Result<PathBuf> {
        self.web.folder()
    }

    /// Gives the port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Serves until the program is stopped.
///
/// # Errors
/// Fails when the port is taken.
pub fn serve(page: &Path, artifact: Option<Vec<u8>>, port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        let port = listener.local_addr()?.port();
        let router = router(page, artifact, port)?;
        out::data(&format!("http://127.0.0.1:{port}/"))?;
        out::note("serving on this machine only; Ctrl-C ends it");
        Ok(axum::serve(listener, router).await?)
    })
}

/// The folder and the names of this machine that every request is checked against.
struct Gate {
    page: PathBuf,
    hosts: [String; 2],
}

fn router(page: &Path, artifact: Option<Vec<u8>>, port: u16) -> Result<Router> {
    let gate = Arc::new(Gate {
        page: page.to_owned(),
        hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
    });
    let mut router = Router::new();
    if let Some(bytes) = artifact {
        // All requests share one copy of the bytes.
        let bytes = axum::body::Bytes::from(bytes);
        let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
        router =
            router.route("/demo.ssim", get(move || async move { (kind, bytes).into_response() }));
    }
    router = router.fallback_service(ServeDir::new(page));
    let header = |name, value: &str| -> Result<_> {
        Ok(SetResponseHeaderLayer::overriding(name, HeaderValue::from_str(value)?))
    };
    let index = read::text(&page.join("index.html"))?;
    Ok(router
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(gate, guard))
        .layer(header(header::CONTENT_SECURITY_POLICY, &policy::of(&index))?)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")?)
        .layer(header(header::REFERRER_POLICY, "no-referrer")?))
}

/// Refuses requests for another host's name (a page elsewhere could point its name to this
/// machine), and links that lead out of the page's folder.
async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    if !host.is_some_and(|h| gate.hosts.iter().any(|known| known == h)) {
        return (StatusCode::MISDIRECTED_REQUEST, "this server answers to 127.0.0.1 only\n")
            .into_response();
    }
    let path = gate.page.join(request.uri().path().trim_start_matches('/'));
    if path.canonicalize().is_ok_and(|real| !real.starts_with(&gate.page)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kept = keep(request.uri().path());
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

/// Says how long a browser may keep a file: for ever if the name holds a hash of its bytes.
fn keep(path: &str) -> &'static str {
    let stem = path.split('/').next_back().and_then(|name| name.split('.').next());
    let hash = stem.and_then(|stem| stem.rsplit('-').next()).map(|h| h.trim_end_matches("_bg"));
    let hashed = hash.is_some_and(|h| h.len() == 16 && h.bytes().all(|b| b.is_ascii_hexdigit()));
    if hashed { "public, max-age=31536000, immutable" } else { "no-cache" }
}

#[cfg(test)]
mod tests {
    use super::keep;

    #[test]
    fn only_names_with_a_hash_are_kept() {
        for kept in ["/page-6d2c05a1251bdbc1.js", "/page-6d2c05a1251bdbc1_bg.wasm"] {
            assert!(keep(kept).contains("immutable"), "{kept}");
        }
        for fresh in ["/", "/index.html", "/worker.js", "/demo-map.svg", "/demo.ssim"] {
            assert_eq!(keep(fresh), "no-cache", "{fresh}");
        }
    }
}
