//! `ssim serve`: serves the page and an artifact, on this machine only.

mod answer;
mod asked;
mod body;
mod bundle;
mod connection;
mod content;
mod find;
mod gzip;
mod host;
mod listen;
mod policy;

pub use bundle::PageFolder;

use crate::files::read;
use crate::settings::args::whole;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use answer::Site;
use anyhow::{Context, Result};
use clap::Args;
use content::Content;
use host::Hosts;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

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
    #[arg(long, default_value_t = 8017, value_parser = whole::<u16>(0, 65_535))]
    port: u16,
    /// Answer requests for this host too, such as the name of a tunnel (repeatable); names of this
    /// machine are always answered
    #[arg(long, value_name = "NAME", value_parser = host::name)]
    allow_host: Vec<String>,
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

/// The ways to a page, for messages of a program that has none.
pub const HOW: &str = "give --web DIR or SSIM_WEB_DIST (`cargo xtask web --release` builds the page into dist, and \
     `cargo install --path native --features page` makes a program that has it inside)";

pub fn run(args: &ServeArgs) -> Result<()> {
    // A bad file is reported here, before the page would report it.
    let artifact = args.file.as_ref().map(|path| read::artifact_bytes(path)).transpose()?;
    let name = args.file.as_ref().and_then(|path| path.file_name()).unwrap_or_default();
    let artifact = artifact.map(|(_, bytes)| (name.to_string_lossy().into_owned(), bytes));
    let folder = args.page.web.folder()?;
    args.page.listen(folder)?.serve(artifact)
}

impl PageFolderArgs {
    /// Gives the page's folder, as a path without symbolic links.
    ///
    /// # Errors
    /// Fails when there is no page.
    pub fn folder(&self) -> Result<PageFolder> {
        self.if_any()?.map_or_else(|| Fail::usage(format!("no page to serve: {HOW}")), Ok)
    }

    /// Gives the page's folder, or nothing if none is named and the program has no page inside.
    ///
    /// # Errors
    /// Fails when the named folder is no page.
    pub fn if_any(&self) -> Result<Option<PageFolder>> {
        let Some(web) = &self.web else { return bundle::folder() };
        match web.canonicalize() {
            Ok(folder) if folder.join("index.html").is_file() => {
                Ok(Some(PageFolder::given(folder)))
            }
            _ => Fail::usage(format!(
                "{}: expected a built page with index.html, got none",
                web.display()
            )),
        }
    }
}

impl PageServerArgs {
    /// Finds the page and takes the port. A command that trains first calls this before, so that a
    /// port that is taken costs nobody a training.
    ///
    /// # Errors
    /// Fails when there is no page, or when the port is taken.
    pub fn open(&self) -> Result<PageServer> {
        self.listen(self.web.folder()?)
    }

    fn listen(&self, page: PageFolder) -> Result<PageServer> {
        // Files are read and packed by other threads, and one of them stays, so that a system
        // without a free thread slows the server and does not end it.
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(FILE_THREADS)
            .thread_keep_alive(Duration::MAX)
            .build()
            .context("cannot start the server")?;
        let probe = std::thread::Builder::new().spawn(|| ()).context("cannot start a thread")?;
        let _ = probe.join();
        let place = (Ipv4Addr::LOCALHOST, self.port);
        let listener = runtime.block_on(async {
            let _ = tokio::task::spawn_blocking(|| ()).await;
            TcpListener::bind(place).await
        });
        let listener = listener.with_context(|| {
            format!("cannot listen on 127.0.0.1:{} (--port 0 takes a free port)", self.port)
        })?;
        let hosts = Hosts::new(&self.allow_host);
        Ok(PageServer { runtime, listener, page, hosts })
    }
}

/// Threads that read files.
const FILE_THREADS: usize = 4;
/// How long the end waits for a thread that still reads a file.
const END: Duration = Duration::from_secs(1);

/// A server that has its port and its page.
pub struct PageServer {
    runtime: Runtime,
    listener: TcpListener,
    page: PageFolder,
    hosts: Hosts,
}

impl PageServer {
    /// Serves until a signal asks the program to stop.
    ///
    /// # Errors
    /// Fails when the page cannot be read, or the address not be printed.
    pub fn serve(self, artifact: Option<(String, Vec<u8>)>) -> Result<()> {
        let Self { runtime, listener, page, hosts } = self;
        let port = listener.local_addr()?.port();
        let headers = policy::headers(&read::text(&page.join("index.html"))?)?;
        let artifact = artifact.map(|(name, bytes)| (name, Content::memory(bytes)));
        let site = Arc::new(Site::new(page.to_owned(), artifact, hosts, headers));
        out::data(&format!("http://127.0.0.1:{port}/"))?;
        out::note("serving on this machine only; Ctrl-C ends it");
        runtime.block_on(listen::run(listener, site));
        runtime.shutdown_timeout(END);
        Ok(())
    }
}
