//! Clients that ask too much, too slowly or not at all.

use super::page;
use ssim_tests::server::Server;
use std::io::{Read, Write};

/// Whether the server closes a connection, after whatever it still sends.
fn closes(mut stream: &std::net::TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn a_connection_without_a_whole_request_ends() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    let idle = server.connect();
    let mut half = server.connect();
    half.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    // A byte now and then does not help.
    let mut slow = server.connect();
    let mut drip = slow.try_clone().unwrap();
    let dripping = std::thread::spawn(move || {
        let _ = drip.write_all(b"GET / HTTP/1.1\r\nX: ");
        while drip.write_all(b"x").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    });
    let mut kept = server.connect();
    kept.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    kept.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    for (name, stream) in [("idle", &idle), ("half", &half), ("slow", &slow), ("kept", &kept)] {
        assert!(closes(stream), "{name}");
    }
    let _ = slow.write_all(b"x");
    dripping.join().unwrap();
    assert_eq!(server.get("/").status(), 200);
}

#[test]
fn requests_that_are_too_large_or_no_requests_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    let long = "x".repeat(100_000);
    let many = "X: y\r\n".repeat(1_000);
    let host = "Host: localhost\r\nConnection: close\r\n";
    for (name, request, statuses) in [
        ("address", format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), [414, 431]),
        ("header", format!("GET / HTTP/1.1\r\n{host}X: {long}\r\n\r\n"), [431, 431]),
        ("headers", format!("GET / HTTP/1.1\r\n{host}{many}\r\n"), [431, 431]),
        ("no request", format!("nonsense{long}\r\n\r\n"), [400, 431]),
        ("NUL", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".into(), [400, 400]),
        ("a name", "GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n".into(), [400, 421]),
        ("star", format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"), [405, 405]),
        (
            "two lengths",
            format!("POST / HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            [400, 400],
        ),
    ] {
        let status = server.send(request.as_bytes()).status();
        assert!(statuses.contains(&status), "{name}: {status}");
    }
    // A body is not waited for, and not read.
    let body =
        server.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(body.status(), 405);
    let body = format!("GET / HTTP/1.1\r\n{host}Content-Length: 100000\r\n\r\n{long}");
    assert_eq!(server.send(body.as_bytes()).status(), 200);
}

#[test]
fn a_client_that_says_it_has_sent_everything_gets_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    for _ in 0..50 {
        let mut stream = server.connect();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("</script>"), "{answer}");
    }
}

#[test]
fn a_working_connection_goes_on_beside_more_idle_ones_than_there_is_room_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(page(folder.path()), &[]);
    let mut working = server.connect();
    let mut ask = move || {
        working.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            working.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    };
    ask();
    let mut idle = Vec::new();
    for _ in 0..900 {
        idle.push(server.connect());
        ask();
    }
    // The first of them made room for the last.
    assert!(closes(&idle[0]));
    assert_eq!(server.get("/").status(), 200);
    ask();
}

#[cfg(unix)]
#[test]
fn it_goes_on_when_its_descriptors_run_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = super::with_descriptors(page(folder.path()), 64);
    let idle: Vec<_> = (0..200).map(|_| server.connect()).collect();
    assert_eq!(server.get("/").status(), 200, "beside 200 idle connections");
    drop(idle);
    for _ in 0..100 {
        assert_eq!(server.get("/").status(), 200);
    }
    assert!(server.child.try_wait().unwrap().is_none());
}

/// With fewer descriptors than one connection to each of the least room needs.
#[cfg(unix)]
#[test]
fn it_survives_having_no_descriptor_for_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = super::with_descriptors(page(folder.path()), 16);
    for _ in 0..3 {
        let busy: Vec<_> = (0..40)
            .map(|_| {
                let mut stream = server.connect();
                let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                stream
            })
            .collect();
        drop(busy);
        assert!(server.child.try_wait().unwrap().is_none());
    }
    // The server may still be closing the connections of before.
    let answers = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        server.get("/").status() == 200
    });
    assert!(answers, "it answers again");
}
