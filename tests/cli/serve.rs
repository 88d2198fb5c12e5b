//! The server answers this machine only, serves no file outside its folder, and goes on whatever
//! its clients do.

mod connections;
mod files;
mod forms;

use ssim_tests::server::Server;
use ssim_tests::{arg, run, ssim};
use std::fs;
use std::path::Path;

/// A page of one file.
fn page(folder: &Path) -> &Path {
    fs::write(folder.join("index.html"), "<script>go()</script>").unwrap();
    folder
}

#[test]
fn every_answer_has_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    let found = server.get("/");
    assert_eq!((found.status(), &found.body[..]), (200, &b"<script>go()</script>"[..]));
    for answer in [found, server.get("/nothing"), server.ask("GET", "/", "Host: evil.example\r\n")]
    {
        let policy = answer.header("content-security-policy");
        for word in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-",
            "worker-src 'self' blob:",
            "frame-ancestors 'self'",
        ] {
            assert!(policy.contains(word), "{word} in {}", answer.head);
        }
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
}

#[test]
fn names_of_this_machine_are_answered_and_others_only_if_they_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let status = |server: &Server, headers: &str| server.ask("GET", "/", headers).status();
    let server = Server::start(page(folder.path()), &[]);
    for host in ["localhost", "127.0.0.1:1", "127.1.2.3:8017", "[::1]:8017", "page.localhost:9"] {
        assert_eq!(status(&server, &format!("Host: {host}\r\n")), 200, "{host}");
    }
    for headers in [
        "",
        "Host: evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: 127.0.0.1@evil.example\r\n",
        "Host: tunnel.example\r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
    ] {
        let status = status(&server, headers);
        assert!([400, 421].contains(&status), "{headers}: {status}");
    }
    let whole = server.ask("GET", "http://evil.example/", "Host: localhost\r\n");
    assert_eq!(whole.status(), 421, "the name in the address counts too");
    let more = ["--allow-host", "Tunnel.example", "--allow-host", "10.0.0.7"];
    let server = Server::start(folder.path(), &more);
    for host in ["tunnel.example", "TUNNEL.example:443", "10.0.0.7:80", "localhost:1"] {
        assert_eq!(status(&server, &format!("Host: {host}\r\n")), 200, "{host}");
    }
    assert_eq!(status(&server, "Host: evil.example\r\n"), 421);
    let bad = ["serve", "--web", arg(folder.path()), "--allow-host", "http://a.example/"];
    assert!(run(&bad, 2).err.contains("expected a host"));
}

#[test]
fn serves_an_artifact_only_if_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    page(folder.path());
    let bad = folder.path().join("bad.ssim");
    fs::write(&bad, "no artifact").unwrap();
    let error = run(&["serve", arg(&bad), "--web", arg(folder.path()), "--port", "0"], 4);
    assert!(error.error().contains("bad.ssim"));
    assert!(run(&["serve", "--port", "0"], 2).error().contains("SSIM_WEB_DIST"));
    let error = run(&["serve", "--web", "/nowhere", "--port", "0"], 2);
    assert!(error.error().contains("index.html"));
}

#[test]
fn a_port_that_is_taken_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    let port = server.port.to_string();
    let error = run(&["serve", "--web", arg(folder.path()), "--port", &port], 1);
    let said = format!("cannot listen on 127.0.0.1:{port} (--port 0 takes a free port)");
    assert!(error.error().contains(&said), "{}", error.err);
    assert!(
        run(&["serve", "--web", arg(folder.path()), "--port", "65536"], 2).err.contains("65536")
    );
    // Before the training, not after it.
    let out = folder.path().join("demo");
    let demo = ["demo", "--quick", "--serve", "--web", arg(folder.path()), "--out", arg(&out)];
    let error = run(&[&demo[..], &["--port", &port]].concat(), 1);
    assert!(error.error().contains(&said), "{}", error.err);
    assert!(!out.exists());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_0_after_the_last_answer() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    page(folder.path());
    let long = vec![7; 64 << 20];
    fs::write(folder.path().join("long.bin"), &long).unwrap();
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(folder.path(), &[]);
        let _idle = server.connect();
        let mut busy = server.connect();
        write!(busy, "GET /long.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = vec![0; 1000];
        busy.read_exact(&mut answer).unwrap();
        let pid = server.child.id().to_string();
        let kill = std::process::Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(kill.unwrap().success());
        busy.read_to_end(&mut answer).unwrap();
        assert!(answer.ends_with(&long), "{} bytes", answer.len());
        assert_eq!(server.child.wait().unwrap().code(), Some(0), "SIG{signal}");
    }
}

/// `ssim serve` with so many descriptors.
#[cfg(unix)]
fn with_descriptors(web: &Path, descriptors: usize) -> Server {
    let program = ssim(&["serve", "--port", "0", "--web", arg(web)]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    Server::from(&mut shell)
}
