//! The server answers this machine only, serves no file outside its folder, and sends a strict
//! policy.

use ssim_tests::{arg, run, ssim};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(web: &Path, more: &[&str]) -> Self {
        let args = [&["serve", "--port", "0", "--web", arg(web)], more].concat();
        let mut child = ssim(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    fn get(&self, path: &str, host: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        (String::from_utf8_lossy(&bytes[..end]).to_lowercase(), bytes[end + 4..].to_vec())
    }

    fn here(&self, path: &str) -> (String, Vec<u8>) {
        self.get(path, &format!("127.0.0.1:{}", self.port))
    }
}

#[test]
fn serves_the_page_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let web = folder.path().join("web");
    fs::create_dir(&web).unwrap();
    fs::write(web.join("index.html"), "<script>go()</script>").unwrap();
    fs::write(web.join("page.wasm"), b"\0asm").unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret.txt"), web.join("link.txt")).unwrap();
    let server = Server::start(&web, &[]);

    let (head, body) = server.here("/");
    assert!(head.starts_with("http/1.1 200") && body == b"<script>go()</script>", "{head}");
    for word in [
        "default-src 'none'",
        "'wasm-unsafe-eval'",
        "'sha256-",
        "frame-ancestors 'self'",
        "nosniff",
    ] {
        assert!(head.contains(word), "{word} in {head}");
    }
    assert!(!head.contains("script-src 'self' 'unsafe-inline'"));
    assert!(server.here("/page.wasm").0.contains("content-type: application/wasm"));
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/nothing",
    ] {
        let (head, body) = server.here(path);
        assert!(head.starts_with("http/1.1 4"), "{path}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains("secret"), "{path}");
    }
    assert!(server.get("/", "evil.example").0.starts_with("http/1.1 421"));
}

#[test]
fn serves_an_artifact_only_if_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.html"), "page").unwrap();
    let bad = folder.path().join("bad.ssim");
    fs::write(&bad, "no artifact").unwrap();
    let error = run(&["serve", arg(&bad), "--web", arg(folder.path()), "--port", "0"], 4);
    assert!(error.error().contains("bad.ssim"));
    assert!(run(&["serve", "--port", "0"], 2).error().contains("SSIM_WEB_DIST"));
    let error = run(&["serve", "--web", "/nowhere", "--port", "0"], 2);
    assert!(error.error().contains("index.html"));
}
