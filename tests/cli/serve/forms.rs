//! The form in which a content is sent: whole, in part, packed, or not at all because the browser has
//! it.

use super::page;
use flate2::read::GzDecoder;
use ssim_tests::server::{Answer, Server};
use ssim_tests::{SMALL, arg, run, synthetic};
use std::fs;
use std::io::Read;

/// A page with a script that packs well, and with bytes that do not.
fn start(folder: &std::path::Path) -> (Server, Vec<u8>, Vec<u8>) {
    let script = "go(1); // and on\n".repeat(2_000).into_bytes();
    let mut seed = 1_u64;
    let random = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    });
    let bytes: Vec<u8> = random.take(2_000_000).collect();
    fs::write(folder.join("go.js"), &script).unwrap();
    fs::write(folder.join("run.ssim"), &bytes).unwrap();
    (Server::start(page(folder), &[]), script, bytes)
}

fn packed(server: &Server, path: &str) -> Answer {
    server.get_with(path, "Accept-Encoding: gzip, deflate, br\r\n")
}

#[test]
fn a_known_content_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (server, script, _) = start(folder.path());
    let plain = server.get("/go.js");
    let tag = plain.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
    let gzip = packed(&server, "/go.js").header("etag").to_owned();
    assert_ne!(tag, gzip, "two forms have two tags");
    for known in [&tag, &gzip] {
        let again = server.get_with("/go.js", &format!("If-None-Match: \"x\", {known}\r\n"));
        assert_eq!((again.status(), again.body.len()), (304, 0), "{}", again.head);
        assert_eq!(again.header("etag"), *known);
        assert_eq!(again.header("vary"), "accept-encoding");
        assert_eq!(again.header("cache-control"), "no-cache");
    }
    assert_eq!(server.get_with("/go.js", "If-None-Match: \"x\"\r\n").body, script);
    // The same length, but other content.
    let other = "GO(1); // and on\n".repeat(2_000).into_bytes();
    fs::write(folder.path().join("go.js"), &other).unwrap();
    for known in [&tag, &gzip] {
        let again = server.get_with("/go.js", &format!("If-None-Match: {known}\r\n"));
        assert_eq!((again.status(), again.body), (200, other.clone()));
    }
    let answer = packed(&server, "/go.js");
    let mut unpacked = Vec::new();
    GzDecoder::new(&answer.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, other, "what was packed before is not sent for the new file");
}

#[test]
fn content_is_packed_for_those_who_take_it_where_it_helps() {
    let folder = tempfile::tempdir().unwrap();
    let (server, script, bytes) = start(folder.path());
    for _ in 0..2 {
        let answer = packed(&server, "/go.js");
        assert_eq!(answer.header("content-encoding"), "gzip");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("content-type"), "text/javascript");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        let mut unpacked = Vec::new();
        GzDecoder::new(&answer.body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(answer.body.len() < 1_000 && unpacked == script);
    }
    let plain = [server.get("/go.js"), server.get_with("/go.js", "Accept-Encoding: gzip;q=0\r\n")];
    for answer in plain {
        assert_eq!((answer.header("content-encoding"), &answer.body), ("", &script));
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
    let answer = packed(&server, "/run.ssim");
    assert!(answer.header("content-encoding").is_empty() && answer.body == bytes);
}

#[test]
fn a_part_of_an_artifact_is_that_part() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _, bytes) = start(folder.path());
    let part = |headers: &str| server.get_with("/run.ssim", headers);
    let whole = part("");
    assert_eq!((whole.header("accept-ranges"), &whole.body), ("bytes", &bytes));
    for (range, first, end) in [
        ("0-0", 0, 1),
        ("5-9", 5, 10),
        ("500000-1499999", 500_000, 1_500_000),
        ("1999999-", 1_999_999, 2_000_000),
        ("1999000-9999999", 1_999_000, 2_000_000),
        ("-10", 1_999_990, 2_000_000),
        ("-9999999", 0, 2_000_000),
    ] {
        // A packed form has no parts.
        let answer = part(&format!("Range: bytes={range}\r\nAccept-Encoding: gzip\r\n"));
        assert_eq!(answer.status(), 206, "{range}: {}", answer.head);
        let place = format!("bytes {first}-{}/2000000", end - 1);
        assert_eq!(answer.header("content-range"), place);
        assert_eq!(answer.header("content-length"), (end - first).to_string());
        assert!(answer.body == bytes[first..end], "{range}");
    }
    for range in ["2000000-", "3000000-4000000", "-0"] {
        let answer = part(&format!("Range: bytes={range}\r\n"));
        if range == "-0" {
            assert!(matches!(answer.status(), 200 | 416));
            continue;
        }
        assert_eq!(answer.status(), 416, "{range}");
        assert_eq!(answer.header("content-range"), "bytes */2000000");
    }
    for whole in ["bytes=0-1,5-6", "rows=0-1", "bytes=x-y"] {
        let answer = part(&format!("Range: {whole}\r\n"));
        assert_eq!((answer.status(), answer.body.len()), (200, bytes.len()), "{whole}");
    }
    let tag = whole.header("etag");
    let begun = part(&format!("Range: bytes=5-9\r\nIf-Range: {tag}\r\n"));
    assert_eq!(begun.status(), 206);
    let other = part("Range: bytes=5-9\r\nIf-Range: \"other\"\r\n");
    assert_eq!((other.status(), other.body.len()), (200, bytes.len()));
    assert_eq!(part(&format!("Range: bytes=5-9\r\nIf-None-Match: {tag}\r\n")).status(), 304);
}

#[test]
fn head_is_get_without_the_body_and_other_methods_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ..) = start(folder.path());
    for headers in ["", "Accept-Encoding: gzip\r\n", "Range: bytes=5-9\r\n", "If-None-Match: *\r\n"]
    {
        let headers = format!("Host: localhost\r\n{headers}");
        let [get, head] = ["GET", "HEAD"].map(|method| server.ask(method, "/go.js", &headers));
        let lines = |answer: &Answer| {
            let lines = answer.head.lines().filter(|line| !line.starts_with("date"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(&get), lines(&head));
        assert!(head.body.is_empty());
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"] {
        let answer = server.ask(method, "/go.js", "Host: localhost\r\n");
        assert_eq!((answer.status(), answer.header("allow")), (405, "get, head"), "{method}");
    }
}

#[test]
fn an_artifact_of_the_command_line_has_all_forms_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 6_000);
    let out = folder.path().join("run");
    run(
        &[&["fit", "--data", arg(&data), "--method", "ssim", "--out", arg(&out)], &SMALL[..]]
            .concat(),
        0,
    );
    let file = folder.path().join("my run.ssim");
    run(&["export", "--run", arg(&out), "--out", arg(&file)], 0);
    let web = folder.path().join("web");
    fs::create_dir(&web).unwrap();
    fs::write(page(&web).join("demo.ssim"), "another one").unwrap();
    let server = Server::start(&web, &[arg(&file)]);
    let bytes = fs::read(&file).unwrap();
    // It stays the one that was checked.
    fs::write(&file, "overwritten").unwrap();
    let whole = server.get("/demo.ssim");
    assert!(whole.body == bytes);
    // The page shows the name that the file has on disk. (Headers are read here in small letters.)
    assert_eq!(whole.header("content-disposition"), "inline; filename*=utf-8''my%20run%2essim");
    let part = server.get_with("/demo.ssim", "Range: bytes=10-19\r\n");
    assert!(part.status() == 206 && part.body == bytes[10..20]);
    let known = format!("If-None-Match: {}\r\n", whole.header("etag"));
    assert_eq!(server.get_with("/demo.ssim", &known).status(), 304);
}

#[cfg(unix)]
#[test]
fn an_answer_breaks_off_when_its_file_changes() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let (server, ..) = start(folder.path());
    let path = folder.path().join("long.bin");
    for change in ["shorter", "other"] {
        fs::write(&path, vec![b'a'; 64 << 20]).unwrap();
        let mut stream = server.connect();
        write!(stream, "GET /long.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = vec![0; 1_000];
        stream.read_exact(&mut answer).unwrap();
        let length = if change == "shorter" { 10 } else { 64 << 20 };
        fs::write(&path, vec![b'b'; length]).unwrap();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.len() < 64 << 20, "{change}: a browser sees that bytes are missing");
        assert!(!answer.ends_with(b"b"), "{change}: no mixture");
    }
    assert_eq!(server.get("/").status(), 200);
}
