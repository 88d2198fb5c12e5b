//! Accepts connections until a signal asks the program to stop.

use super::answer::Site;
use super::connection::{Connections, Noted};
use crate::terminal::interrupt::InterruptGuard;
use crate::terminal::out;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A request's headers must be there after this time, and a connection without requests ends after it.
const HEADERS: Duration = Duration::from_secs(15);
/// A connection on which no byte has moved for this time ends, also in the middle of an answer.
const STILL: Duration = Duration::from_secs(30);
/// How often signals and times are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long nobody is accepted when the system cannot accept anybody.
const PAUSE: Duration = Duration::from_millis(50);
/// How long answers may take that are being sent when the server ends.
const LAST: Duration = Duration::from_secs(5);
/// Bytes that the headers of a request may have, with its address.
const LONGEST: usize = 16 << 10;
/// Headers that a request may have.
const MOST: usize = 64;
/// Connections that may be open, if there are descriptors for them.
const CONNECTIONS: usize = 512;

/// Answers every connection with the site, until a signal asks the program to stop. Answers that
/// are being sent then are sent to their end.
pub async fn run(listener: TcpListener, site: Arc<Site>) {
    let signals = InterruptGuard::begin();
    let connections = Arc::new(Connections::new(most()));
    let ending = GracefulShutdown::new();
    let mut ticks = tokio::time::interval(TICK);
    let mut told = false;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    if connections.full() {
                        connections.close_least_used();
                        // The one that was closed gives its descriptor back.
                        tokio::task::yield_now().await;
                    }
                    start(stream, &connections, &ending, &site);
                }
                Err(error) if of_the_client(&error) => {}
                // No descriptors or no memory are left.
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        out::note(&format!("a connection has to wait: {error}"));
                    }
                    connections.close_least_used();
                    tokio::time::sleep(PAUSE).await;
                }
            },
            _ = ticks.tick() => {
                if signals.asked() {
                    break;
                }
                connections.close_still(STILL);
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST, ending.shutdown()).await;
}

/// Starts to answer a connection.
fn start(
    stream: TcpStream,
    connections: &Arc<Connections>,
    ending: &GracefulShutdown,
    site: &Arc<Site>,
) {
    // An answer's last bytes do not wait for the browser's receipt of those before.
    let _ = stream.set_nodelay(true);
    let counted = connections.add();
    let connection = Arc::clone(&counted.connection);
    let site = Arc::clone(site);
    let service = service_fn({
        let connection = Arc::clone(&connection);
        move |request| {
            connection.asks();
            let site = Arc::clone(&site);
            async move { Ok::<_, Infallible>(site.answer(&request).await) }
        }
    });
    let talk = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_header_size(LONGEST)
        .max_headers(MOST)
        // A client that has sent all it wants to say still gets its answer.
        .half_close(true)
        .serve_connection(Noted::new(stream, Arc::clone(&connection)), service);
    let talk = ending.watch(talk);
    tokio::spawn(async move {
        let _counted = counted;
        tokio::select! {
            // A broken connection is the browser's matter.
            _ = talk => {}
            () = connection.closed() => {}
        }
    });
}

/// Whether an error of `accept` is of the one connection that it could not accept.
fn of_the_client(error: &Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// The number of connections that may be open. A connection needs a descriptor, and another one
/// while a file is sent over it.
#[cfg(unix)]
fn most() -> usize {
    use rustix::process::{Resource, getrlimit};
    /// Descriptors that the program itself has.
    const OWN: u64 = 24;
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = descriptors.saturating_sub(OWN) / 2;
    usize::try_from(most).unwrap_or(CONNECTIONS).clamp(4, CONNECTIONS)
}

#[cfg(not(unix))]
fn most() -> usize {
    CONNECTIONS
}
