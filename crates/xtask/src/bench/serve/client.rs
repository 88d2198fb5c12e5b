//! A client of HTTP that costs little itself, so that the server is measured.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

/// A connection that is kept for many requests.
pub struct Client {
    stream: BufReader<TcpStream>,
    piece: Vec<u8>,
}

/// An answer that has come.
pub struct Received {
    pub status: u16,
    pub tag: String,
    pub body: Vec<u8>,
}

/// The result of a load.
pub struct Load {
    pub connections: usize,
    pub requests: u64,
    pub failures: u64,
    pub bytes: u64,
    pub seconds: f64,
    /// Seconds that the slowest request took.
    pub slowest: f64,
    /// The first error.
    pub error: Option<String>,
}

/// Opens a connection and sends nothing.
pub fn idle(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Client {
    pub fn connect(port: u16) -> Result<Self> {
        let stream = BufReader::with_capacity(64 << 10, idle(port)?);
        Ok(Self { stream, piece: vec![0; 1 << 20] })
    }

    /// Asks, and reads the head of the answer. Gives its status, tag and length.
    fn head(&mut self, path: &str, headers: &str) -> Result<(u16, String, usize)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut tag, mut length) = (0, String::new(), 0);
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the server closed the connection");
            }
            let text = line.trim_end();
            if text.is_empty() {
                return Ok((status, tag, length));
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).context("a status")?.parse()?;
            } else if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "etag" => value.clone_into(&mut tag),
                    "content-length" => length = value.parse()?,
                    _ => {}
                }
            }
        }
    }

    /// Gets an address.
    pub fn get(&mut self, path: &str, headers: &str) -> Result<Received> {
        let (status, tag, length) = self.head(path, headers)?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Received { status, tag, body })
    }

    /// Gets an address and forgets its bytes. Gives their number.
    pub fn skip(&mut self, path: &str) -> Result<usize> {
        let (status, _, length) = self.head(path, "")?;
        if status != 200 {
            bail!("status {status}");
        }
        let mut got = 0;
        while got < length {
            let most = self.piece.len().min(length - got);
            let read = self.stream.read(&mut self.piece[..most])?;
            if read == 0 {
                bail!("{got} bytes of {length} came");
            }
            got += read;
        }
        Ok(got)
    }
}

/// Asks over so many connections for so long. `ask` makes one request, and says whether its answer
/// was right and how many bytes came with it.
pub fn load(
    port: u16,
    connections: usize,
    time: Duration,
    ask: impl Fn(&mut Client) -> Result<(bool, usize)> + Sync,
) -> Load {
    let start = Instant::now();
    let asking = || -> (Load, Option<anyhow::Error>) {
        let mut load = Load {
            connections: 1,
            requests: 0,
            failures: 0,
            bytes: 0,
            seconds: 0.0,
            slowest: 0.0,
            error: None,
        };
        let asked = Client::connect(port).and_then(|mut client| {
            while start.elapsed() < time {
                let begun = Instant::now();
                let (right, bytes) = ask(&mut client)?;
                if !right {
                    return Err(anyhow!("an answer was wrong"));
                }
                load.requests += 1;
                load.bytes += bytes as u64;
                load.slowest = load.slowest.max(begun.elapsed().as_secs_f64());
            }
            Ok(())
        });
        (load, asked.err())
    };
    let loads: Vec<_> = thread::scope(|threads| {
        let asking: Vec<_> = (0..connections).map(|_| threads.spawn(asking)).collect();
        asking.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let failures = loads.iter().filter(|(_, error)| error.is_some()).count();
    Load {
        connections,
        requests: loads.iter().map(|(load, _)| load.requests).sum(),
        failures: (failures + connections - loads.len()) as u64,
        bytes: loads.iter().map(|(load, _)| load.bytes).sum(),
        seconds: start.elapsed().as_secs_f64(),
        slowest: loads.iter().map(|(load, _)| load.slowest).fold(0.0, f64::max),
        error: loads.iter().find_map(|(_, error)| error.as_ref()).map(|error| format!("{error:#}")),
    }
}
