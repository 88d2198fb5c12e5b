//! Which file a path leads to.

use super::page;
use ssim_tests::server::Server;
use std::fs;
use std::path::Path;

/// A page beside a secret.
fn beside_a_secret(folder: &Path) -> std::path::PathBuf {
    let web = folder.join("web");
    fs::create_dir_all(web.join("sub folder")).unwrap();
    page(&web);
    fs::write(web.join("page.wasm"), b"\0asm").unwrap();
    fs::write(web.join("sub folder/index.html"), "inner").unwrap();
    fs::write(web.join("sub folder/ä.txt"), "umlaut").unwrap();
    fs::write(folder.join("secret.txt"), "secret").unwrap();
    fs::create_dir(folder.join("web-other")).unwrap();
    fs::write(folder.join("web-other/secret.txt"), "secret").unwrap();
    web
}

fn refused(server: &Server, path: &str) {
    let answer = server.get(path);
    assert!([400, 403, 404].contains(&answer.status()), "{path}: {}", answer.head);
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{path}");
    assert_eq!(
        answer.header("cache-control"),
        if answer.status() == 400 { "" } else { "no-cache" }
    );
}

#[test]
fn files_of_the_folder_are_served_with_their_types() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&beside_a_secret(folder.path()), &[]);
    assert_eq!(server.get("/page.wasm").header("content-type"), "application/wasm");
    assert_eq!(server.get("/p%61ge.wasm?v=1").status(), 200);
    assert_eq!(server.get("/sub%20folder/%C3%A4.txt").body, b"umlaut");
    assert_eq!(server.get("/sub%20folder/").body, b"inner");
    let answer = server.get("/sub%20folder");
    assert_eq!((answer.status(), answer.header("location")), (307, "/sub%20folder/"));
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let web = beside_a_secret(folder.path());
    let server = Server::start(&web, &[]);
    let absolute = folder.path().join("secret.txt");
    let absolute = absolute.to_str().unwrap();
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/.%2e/secret.txt",
        "/..%2fsecret.txt",
        "/.%2f..%2fsecret.txt",
        "/sub%20folder/../../secret.txt",
        "/../web-other/secret.txt",
        "/..%2fweb-other/secret.txt",
        // Encoded twice.
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%252fsecret.txt",
        // Longer forms of a dot and a slash that are no UTF-8.
        "/%c0%ae%c0%ae/secret.txt",
        "/%c0%ae%c0%ae%c0%afsecret.txt",
        "/..%e0%80%afsecret.txt",
        "/%f0%80%80%ae%f0%80%80%ae/secret.txt",
        "/\u{ff0e}\u{ff0e}/secret.txt",
        "/%ff",
        // Absolute.
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2f%2fetc%2fpasswd",
        &absolute.replace('/', "%2f"),
        &format!("/{absolute}"),
        "/file:%2f%2f/etc/passwd",
        // NUL, line ends and backslashes.
        "/index.html%00",
        "/%00",
        "/index.html%00.js",
        "/index.html%0d%0aX:%20y",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/sub%20folder%5c..%5c..%5csecret.txt",
        // No files.
        "/nothing",
        "/index.html/",
        "/index.html/x",
        "/%",
        "/%zz",
        &format!("/{}", "x".repeat(1000)),
        &format!("/{}x", "x/".repeat(3000)),
    ] {
        refused(&server, path);
    }
    assert_eq!(server.get("/").status(), 200);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_only_inside_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let web = beside_a_secret(folder.path());
    let secret = folder.path().join("secret.txt");
    symlink(&secret, web.join("link.txt")).unwrap();
    symlink("../secret.txt", web.join("sub folder/near.txt")).unwrap();
    symlink("../../secret.txt", web.join("sub folder/far.txt")).unwrap();
    symlink(folder.path(), web.join("up")).unwrap();
    symlink("../web-other", web.join("other")).unwrap();
    symlink("link.txt", web.join("again.txt")).unwrap();
    symlink("loop", web.join("loop")).unwrap();
    symlink("page.wasm", web.join("inside.wasm")).unwrap();
    symlink(web.join("page.wasm"), web.join("absolute.wasm")).unwrap();
    symlink("../web/page.wasm", web.join("around.wasm")).unwrap();
    symlink("sub folder", web.join("sub")).unwrap();
    let server = Server::start(&web, &[]);
    for path in [
        "/link.txt",
        "/%6cink.txt",
        "/.%2flink.txt",
        "/%6c%69%6e%6b.txt",
        "/%256cink.txt",
        "/again.txt",
        "/up/secret.txt",
        "/u%70/secret.txt",
        "/up",
        "/other/secret.txt",
        "/other",
        "/sub%20folder/near.txt",
        "/sub%20folder/far.txt",
        "/sub/far.txt",
        "/loop",
    ] {
        refused(&server, path);
    }
    for path in ["/inside.wasm", "/absolute.wasm", "/around.wasm"] {
        assert_eq!(server.get(path).body, b"\0asm", "{path}");
    }
    assert_eq!(server.get("/sub/").body, b"inner");
}

#[cfg(unix)]
#[test]
fn a_pipe_a_socket_and_a_device_are_refused_at_once() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let web = beside_a_secret(folder.path());
    let made = std::process::Command::new("mkfifo").arg(web.join("pipe.js")).status();
    assert!(made.unwrap().success());
    symlink("pipe.js", web.join("to-pipe.js")).unwrap();
    symlink("/dev/zero", web.join("zero.bin")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(web.join("socket.js")).unwrap();
    let server = Server::start(&web, &[]);
    for path in ["/pipe.js", "/to-pipe.js", "/zero.bin", "/socket.js", "/pipe.js/"] {
        refused(&server, path);
        refused(&server, &format!("{path}?again"));
    }
    // More pipes are asked for than there are threads that read files.
    let waiting: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for mut stream in &waiting {
        use std::io::Write;
        write!(stream, "GET /pipe.js HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    }
    assert_eq!(server.get("/").status(), 200);
}

#[cfg(unix)]
#[test]
fn a_link_that_changes_while_it_is_asked_for_never_leads_out() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let web = beside_a_secret(folder.path());
    let server = Server::start(&web, &[]);
    let done = AtomicBool::new(false);
    let (inside, outside) = (web.join("page.wasm"), folder.path().join("secret.txt"));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in (0..).take_while(|_| !done.load(Ordering::Relaxed)) {
                let next = web.join("next");
                symlink(if n % 2 == 0 { &inside } else { &outside }, &next).unwrap();
                fs::rename(&next, web.join("turning.wasm")).unwrap();
            }
        });
        for _ in 0..500 {
            let answer = server.get("/turning.wasm");
            assert!(matches!(answer.status(), 200 | 404), "{}", answer.head);
            assert!(answer.status() == 404 || answer.body == b"\0asm");
        }
        done.store(true, Ordering::Relaxed);
    });
}
