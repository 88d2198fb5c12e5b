//! `ssim serve` as a test drives it: over raw sockets, so that a test says every byte.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use crate::{arg, ssim};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server. It is killed when this is dropped.
pub struct Server {
    /// Its process.
    pub child: Child,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

/// What a server has answered.
pub struct Answer {
    /// The status line and the headers, in small letters.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts `ssim serve` on a free port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(web: &Path, more: &[&str]) -> Self {
        let args = [&["serve", "--port", "0", "--web", arg(web)], more].concat();
        Self::from(&mut ssim(&args))
    }

    /// Starts a command that prints the server's address.
    ///
    /// # Panics
    /// When it does not.
    pub fn from(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    /// A new connection. Reading gives up after a minute.
    ///
    /// # Panics
    /// When the server takes none.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends bytes over a connection of their own, and reads until the server closes it.
    ///
    /// # Panics
    /// When no whole answer comes.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // A server that does not read a request to its end may reset the connection after its answer.
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(&answer)));
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        Answer { head, body: answer[end + 4..].to_vec() }
    }

    /// Sends a request with these header lines, each ended by `\r\n`.
    ///
    /// # Panics
    /// When no whole answer comes.
    pub fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let close = "Connection: close\r\n\r\n";
        self.send(format!("{method} {path} HTTP/1.1\r\n{headers}{close}").as_bytes())
    }

    /// Gets a path, with more header lines.
    ///
    /// # Panics
    /// When no whole answer comes.
    pub fn get_with(&self, path: &str, headers: &str) -> Answer {
        self.ask("GET", path, &format!("Host: 127.0.0.1:{}\r\n{headers}", self.port))
    }

    /// Gets a path.
    ///
    /// # Panics
    /// When no whole answer comes.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }
}

impl Answer {
    /// The status code.
    ///
    /// # Panics
    /// When there is none.
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}
