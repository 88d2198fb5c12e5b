//! The open connections: how many there may be, which of them is closed first, and the one whose
//! bytes no longer move.

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// All open connections, in the order in which they were made.
pub struct Connections {
    since: Instant,
    most: usize,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    made: AtomicU64,
}

/// The state of an open connection.
pub struct Connection {
    since: Instant,
    /// Milliseconds after `since` at which the last byte moved.
    moved: AtomicU64,
    asked: AtomicBool,
    close: Notify,
}

impl Connections {
    /// Room for so many connections.
    pub fn new(most: usize) -> Self {
        let (since, open, made) = (Instant::now(), Mutex::default(), AtomicU64::new(0));
        Self { since, most, open, made }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another connection would be one too many.
    pub fn full(&self) -> bool {
        self.open().len() >= self.most
    }

    /// Adds a connection. It counts until the result is dropped.
    pub fn add(self: &Arc<Self>) -> Counted {
        let connection = Arc::new(Connection {
            since: self.since,
            moved: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            close: Notify::new(),
        });
        connection.moves();
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.open().insert(number, Arc::clone(&connection));
        Counted { all: Arc::clone(self), number, connection }
    }

    /// Closes the connection that is used least: one that has never asked for anything if there is
    /// one, and of those the one whose last byte moved first.
    pub fn close_least_used(&self) {
        let mut open = self.open();
        let least = open.iter().min_by_key(|(_, connection)| {
            (connection.asked.load(Ordering::Relaxed), connection.moved.load(Ordering::Relaxed))
        });
        let least = least.map(|(number, _)| *number);
        if let Some(connection) = least.and_then(|number| open.remove(&number)) {
            connection.close.notify_one();
        }
    }

    /// Closes the connections on which no byte has moved for so long.
    pub fn close_still(&self, for_long: Duration) {
        let now = self.since.elapsed();
        self.open().retain(|_, connection| {
            let moved = Duration::from_millis(connection.moved.load(Ordering::Relaxed));
            let still = now.saturating_sub(moved) > for_long;
            if still {
                connection.close.notify_one();
            }
            !still
        });
    }
}

impl Connection {
    /// Notes that a byte moved.
    fn moves(&self) {
        let now = self.since.elapsed().as_millis();
        self.moved.store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Notes that a whole request has come.
    pub fn asks(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Waits until the connection is to be closed.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

/// A connection among the others. It leaves them when this is dropped.
pub struct Counted {
    all: Arc<Connections>,
    number: u64,
    /// Its state.
    pub connection: Arc<Connection>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.all.open().remove(&self.number);
    }
}

/// A stream that notes when bytes move.
pub struct Noted {
    stream: TokioIo<TcpStream>,
    connection: Arc<Connection>,
}

impl Noted {
    /// Wraps the stream of a connection.
    pub fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream: TokioIo::new(stream), connection }
    }

    fn note<T>(&self, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Ok(_)) = moved {
            self.connection.moves();
        }
        moved
    }
}

impl Read for Noted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.note(read)
    }
}

impl Write for Noted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_never_asked_is_closed_first() {
        let all = Arc::new(Connections::new(3));
        let [asked, first, second] = [all.add(), all.add(), all.add()];
        asked.connection.asks();
        asked.connection.moved.store(0, Ordering::Relaxed);
        first.connection.moved.store(5, Ordering::Relaxed);
        second.connection.moved.store(4, Ordering::Relaxed);
        assert!(all.full());
        all.close_least_used();
        assert_eq!(all.open().keys().copied().collect::<Vec<_>>(), [0, 1]);
        all.close_least_used();
        assert_eq!(all.open().keys().copied().collect::<Vec<_>>(), [0]);
        drop(asked);
        assert!(all.open().is_empty() && !all.full());
        all.close_least_used();
    }

    #[test]
    fn a_connection_counts_until_it_is_dropped() {
        let all = Arc::new(Connections::new(1));
        let one = all.add();
        assert!(all.full());
        all.close_still(Duration::from_secs(60));
        assert!(all.full(), "its last byte moved just now");
        drop(one);
        assert!(!all.full());
    }
}
