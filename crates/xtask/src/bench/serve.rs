//! `cargo xtask bench serve`: what `ssim serve` holds: idle connections beside a working one,
//! revalidations, and the bytes of an artifact.

mod client;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use self::client::{Client, Load};
use crate::{place, run};

pub const HELP: &str = "\
cargo xtask bench serve [--program FILE] [--seconds 10] [--idle 5000] [--artifact FILE.ssim] [--json]

Starts `ssim serve` with a file of 256 MB and loads it three times: a working connection beside idle ones, connections that
ask whether they have the newest page (304), connections that download. Fails where a request fails, where there are
fewer than 10,000 answers a second or less than 1 GB/s, and where the server keeps memory or descriptors afterwards.
  --program FILE        measure this program (default: a release build made now)
  --artifact FILE.ssim  download this artifact, which the server has in memory, in place of the file";

/// Bytes of the file that is downloaded.
const FILE: usize = 256 << 20;
/// Answers and bytes that have to come in a second.
const ANSWERS: f64 = 10_000.0;
const BYTES: f64 = 1e9;
/// Connections that ask or download at the same time.
const ASKING: usize = 8;
const DOWNLOADING: usize = 2;
/// This may be left: memory for files that were packed and for the allocator, and a file or two.
const MEMORY: u64 = 64 << 20;
const DESCRIPTORS: usize = 4;
/// After this time the server has closed all connections that do nothing.
const CLOSED: Duration = Duration::from_secs(40);

pub fn chore(args: &[String]) -> Result<()> {
    let flags = ["--program", "--seconds", "--idle", "--artifact"];
    let mut given = super::given(args, &flags, &["--json"], HELP)?;
    let seconds = super::number(given.remove("--seconds"), "--seconds", 10)?;
    let idle = super::number(given.remove("--idle"), "--idle", 5_000)?;
    let program = match given.remove("--program") {
        Some(program) => PathBuf::from(program),
        None => {
            run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
            place::native_target()?.join("release/ssim")
        }
    };
    let folder = place::made(place::cache()?.join("bench-serve"))?;
    let artifact = given.remove("--artifact").map(PathBuf::from);
    let report = report(&program, &folder, artifact.as_deref(), seconds as u64, idle)?;
    if given.contains_key("--json") {
        println!("{report:#}");
    } else {
        println!("{}", text(&report));
    }
    let failed = |key: &str| report["failed"][key].as_bool() == Some(true);
    let failures = ["beside idle", "revalidations", "artifact", "memory", "descriptors"];
    match failures.into_iter().filter(|key| failed(key)).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        failures => bail!("the server does not hold: {}", failures.join(", ")),
    }
}

/// A running server.
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
    fn start(program: &Path, web: &Path, artifact: Option<&Path>) -> Result<Self> {
        let mut command = run::program(program)?;
        command.args(["serve", "--port", "0", "--web"]).arg(web).args(artifact);
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting ssim serve")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let port = line.trim().trim_end_matches('/').rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok());
        let port = port.with_context(|| format!("expected an address, got {line:?}"))?;
        Ok(Self { child, port })
    }

    /// Resident memory in bytes and open descriptors, where the system tells them.
    fn held(&self) -> Option<(u64, usize)> {
        let process = format!("/proc/{}", self.child.id());
        let status = fs::read_to_string(format!("{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let memory: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some((memory << 10, fs::read_dir(format!("{process}/fd")).ok()?.count()))
    }
}

fn report(
    program: &Path,
    folder: &Path,
    artifact: Option<&Path>,
    seconds: u64,
    idle: usize,
) -> Result<Value> {
    fs::write(folder.join("index.html"), "<p>a page</p>".repeat(1_000))?;
    let path = folder.join("long.ssim");
    if !path.exists() {
        let mut file = std::io::BufWriter::new(fs::File::create(&path)?);
        for n in 0..FILE as u64 / 8 {
            file.write_all(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())?;
        }
        file.flush()?;
    }
    let (address, expected) = match artifact {
        Some(artifact) => ("/demo.ssim", fs::read(artifact)?),
        None => ("/long.ssim", fs::read(&path)?),
    };
    let server = Server::start(program, folder, artifact)?;
    let time = Duration::from_secs(seconds);

    // Everything has been used once before anything is counted.
    let mut first = Client::connect(server.port)?;
    let page = first.get("/", "")?;
    if first.get(address, "")?.body != expected {
        bail!("{address} came with other bytes");
    }
    drop(first);
    let before = server.held();

    let mut idlers = Vec::new();
    for _ in 0..idle {
        idlers.push(client::idle(server.port).context(
            "cannot open so many connections; `ulimit -n` says how many descriptors there are",
        )?);
    }
    let beside = client::load(server.port, 1, time, |client| {
        let answer = client.get("/", "")?;
        Ok((answer.status == 200 && answer.body == page.body, answer.body.len()))
    });
    drop(idlers);
    let known = format!("If-None-Match: {}\r\n", page.tag);
    let revalidations = client::load(server.port, ASKING, time, |client| {
        Ok((client.get("/", &known)?.status == 304, 0))
    });
    let download = client::load(server.port, DOWNLOADING, time, |client| {
        let length = client.skip(address)?;
        Ok((length == expected.len(), length))
    });

    let mut after = server.held();
    let waited = Instant::now();
    let more = |before: Option<(u64, usize)>, after: Option<(u64, usize)>| {
        let ((memory, descriptors), (memory_now, descriptors_now)) = before.zip(after)?;
        Some((memory_now.saturating_sub(memory), descriptors_now.saturating_sub(descriptors)))
    };
    while more(before, after).is_some_and(|(_, d)| d > DESCRIPTORS) && waited.elapsed() < CLOSED {
        thread::sleep(Duration::from_secs(1));
        after = server.held();
    }
    let left = more(before, after);
    let load = |load: &Load| {
        json!({
            "connections": load.connections,
            "requests": load.requests,
            "failures": load.failures,
            "requests_per_s": load.requests as f64 / load.seconds,
            "gb_per_s": load.bytes as f64 / load.seconds / 1e9,
            "slowest_ms": load.slowest * 1e3,
            "error": load.error,
        })
    };
    let slow =
        |load: &Load, rate: f64, least: f64| load.failures > 0 || rate / load.seconds < least;
    Ok(json!({
        "schema": 1,
        "seconds": seconds,
        "idle": idle,
        "address": address,
        "bytes": expected.len(),
        "beside idle": load(&beside),
        "revalidations": load(&revalidations),
        "artifact": load(&download),
        "left": left.map(|(memory, descriptors)| json!({ "bytes": memory, "descriptors": descriptors })),
        "failed": {
            "beside idle": beside.failures > 0 || beside.requests == 0,
            "revalidations": slow(&revalidations, revalidations.requests as f64, ANSWERS),
            "artifact": slow(&download, download.bytes as f64, BYTES),
            "memory": left.is_some_and(|(memory, _)| memory > MEMORY),
            "descriptors": left.is_some_and(|(_, descriptors)| descriptors > DESCRIPTORS),
        },
    }))
}

/// The report as a table.
fn text(report: &Value) -> String {
    let mut lines = vec![format!(
        "{:<28} {:>11} {:>9} {:>12} {:>8} {:>12}",
        format!("{} s each", report["seconds"]),
        "connections",
        "failures",
        "requests/s",
        "GB/s",
        "slowest, ms"
    )];
    for (name, key) in [
        (format!("beside {} idle ones", report["idle"]), "beside idle"),
        ("revalidations (304)".to_owned(), "revalidations"),
        (format!("{} MB of artifact", report["bytes"].as_u64().unwrap_or(0) >> 20), "artifact"),
    ] {
        let load = &report[key];
        let number = |key: &str| load[key].as_f64().unwrap_or(f64::NAN);
        lines.push(format!(
            "{name:<28} {:>11} {:>9} {:>12.0} {:>8.2} {:>12.1}",
            load["connections"],
            load["failures"],
            number("requests_per_s"),
            number("gb_per_s"),
            number("slowest_ms")
        ));
        if let Some(error) = load["error"].as_str() {
            lines.push(format!("  {error}"));
        }
    }
    lines.push(match &report["left"] {
        Value::Null => "this system does not tell memory and descriptors".to_owned(),
        left => format!(
            "left afterwards: {:.1} MB of memory, {} descriptors",
            left["bytes"].as_f64().unwrap_or(f64::NAN) / 1e6,
            left["descriptors"]
        ),
    });
    lines.join("\n")
}
