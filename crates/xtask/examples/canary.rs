//! Uses everything that crates/clippy.toml bans, once each. `cargo xtask test ban` lints this file
//! and expects an error for each use. The file is not built for any other purpose, and never run.

use std::{
    fs::{self, File, OpenOptions},
    net::{TcpListener, TcpStream},
    process::{self, Command},
    thread,
    time::{Instant, SystemTime},
};

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{Dropout, VarMap};

/// The banned types.
struct Banned {
    _file: Option<File>,
    _options: Option<OpenOptions>,
    _instant: Option<Instant>,
    _time: Option<SystemTime>,
    _command: Option<Command>,
    _stream: Option<TcpStream>,
    _listener: Option<TcpListener>,
    _builder: Option<thread::Builder>,
    _dropout: Option<Dropout>,
    _variables: Option<VarMap>,
}

fn files() -> std::io::Result<()> {
    fs::create_dir_all("a")?;
    fs::write("a/b", fs::read("c")?)?;
    fs::rename("a/b", fs::read_to_string("a/b")?)?;
    fs::remove_file("a/b")?;
    fs::read_dir("a").map(drop)
}

fn surroundings() {
    let _ = (std::env::var("A"), std::env::var_os("A"), std::env::vars(), std::env::args());
    let _ = (std::env::current_dir(), std::env::temp_dir());
    let _ = (std::io::stdin(), std::io::stdout(), std::io::stderr());
}

fn threads() {
    thread::spawn(|| ());
    thread::scope(|_| ());
    thread::sleep(std::time::Duration::ZERO);
}

fn chance() -> Result<()> {
    let (shape, device) = ((1, 1), Device::Cpu);
    let t = Tensor::rand(0f32, 1f32, shape, &device)?;
    Tensor::randn(0f32, 1f32, shape, &device)?;
    t.rand_like(0.0, 1.0)?;
    t.randn_like(0.0, 1.0)?;
    Var::rand(0f32, 1f32, shape, &device)?;
    Var::randn(0f32, 1f32, shape, &device)?;
    candle_nn::ops::dropout(&t, 0.5).map(drop)
}

fn main() {
    let _: Option<Banned> = None;
    surroundings();
    threads();
    println!("banned by the workspace's lints");
    process::exit(i32::from(files().is_err() || chance().is_err()));
}
