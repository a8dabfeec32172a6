//! The receiving side of a connection, from bytes to events.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::net::TcpStream;

use super::connection::{Connection, GOODBYE, Io, is_later};
use super::sender::Sender;
use crate::protocol::{Decoder, Event, ProtocolError};

/// Bytes that one read takes, at most.
const READ: usize = 64 * 1024;

thread_local! {
    /// Connections do not keep a buffer: what is read is decoded before the thread does anything else.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
}

pub(super) enum Source {
    /// The stream is in the connection.
    Tcp,
    Stream(Box<dyn AsyncRead + Send + Unpin>),
}

pub(super) struct Reader {
    source: Source,
    decoder: Decoder,
    /// What was read and is not decoded yet.
    unread: Option<Box<Unread>>,
}

struct Unread {
    bytes: Vec<u8>,
    used: usize,
}

/// What one read brings: an event when it completes one, or the rule that the peer broke.
type Decoded = Result<Option<Event>, ProtocolError>;

impl Reader {
    /// `read` is what was read before, and comes first.
    pub fn new(source: Source, decoder: Decoder, read: &[u8]) -> Self {
        let unread = (!read.is_empty()).then(|| Box::new(Unread { bytes: read.to_vec(), used: 0 }));
        Self { source, decoder, unread }
    }

    /// Takes the source away, for [`linger`]. Nothing is read from this reader afterwards.
    pub fn take_source(&mut self) -> Source {
        std::mem::replace(&mut self.source, Source::Tcp)
    }

    /// The next event of what was read before.
    pub fn decode_unread(&mut self) -> Decoded {
        let Some(unread) = &mut self.unread else { return Ok(None) };
        let mut input = &mut unread.bytes[unread.used..];
        let before = input.len();
        let decoded = self.decoder.decode(&mut input);
        unread.used += before - input.len();
        if unread.used == unread.bytes.len() {
            self.unread = None;
        }
        decoded
    }

    /// Waits for bytes and decodes the first event of them. `None`: the stream has ended. Cancelling the future loses
    /// nothing.
    pub async fn read(&mut self, io: &Io) -> Option<Decoded> {
        loop {
            let result = match (&mut self.source, io) {
                (Source::Tcp, Io::Tcp(stream)) => {
                    // Polled, so that the waker that the HTTP server has left behind is replaced.
                    if poll_fn(|context| stream.poll_read_ready(context)).await.is_err() {
                        return None;
                    }
                    BUFFER.with_borrow_mut(|buffer| {
                        let count = stream.try_read(buffer)?;
                        Ok(decode(&mut self.decoder, &mut self.unread, &mut buffer[..count]))
                    })
                }
                (Source::Stream(stream), _) => {
                    let (decoder, unread) = (&mut self.decoder, &mut self.unread);
                    poll_fn(|context| {
                        BUFFER.with_borrow_mut(|buffer| {
                            let mut buffer = ReadBuf::new(buffer);
                            std::task::ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
                            Poll::Ready(Ok(decode(decoder, unread, buffer.filled_mut())))
                        })
                    })
                    .await
                }
                (Source::Tcp, Io::Stream(_)) => Err(io::ErrorKind::Unsupported.into()),
            };
            match result {
                Ok(decoded) => return decoded,
                Err(error) if is_later(&error) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Decodes what was read into the first event, and keeps the rest. `None`: nothing was read.
fn decode(decoder: &mut Decoder, unread: &mut Option<Box<Unread>>, bytes: &mut [u8]) -> Option<Decoded> {
    if bytes.is_empty() {
        return None;
    }
    let mut input = bytes;
    let decoded = decoder.decode(&mut input);
    if !input.is_empty() && decoded.is_ok() {
        *unread = Some(Box::new(Unread { bytes: input.to_vec(), used: 0 }));
    }
    Some(decoded)
}

/// Lets what waits be written, then ends the connection, whoever still holds a sender.
///
/// Data that is not read when a TCP connection is closed resets it, and the reset may overtake our close frame. So
/// the rest is read and forgotten, for a short time.
pub(super) async fn linger(connection: Arc<Connection>, mut source: Source) {
    let end = async {
        Sender(connection.clone()).drained().await.ok();
        connection.shut_sending().await;
        match (&mut source, &connection.io) {
            (Source::Tcp, Io::Tcp(stream)) => while forget_some(stream).await {},
            (Source::Stream(stream), _) => {
                let mut forgotten = [0; 1024];
                while matches!(stream.read(&mut forgotten).await, Ok(1..)) {}
            }
            (Source::Tcp, Io::Stream(_)) => {}
        }
    };
    let _ = tokio::time::timeout(GOODBYE, end).await;
    connection.shut();
}

/// Answers whether there may be more.
async fn forget_some(stream: &TcpStream) -> bool {
    if poll_fn(|context| stream.poll_read_ready(context)).await.is_err() {
        return false;
    }
    match BUFFER.with_borrow_mut(|buffer| stream.try_read(buffer)) {
        Ok(count) => count > 0,
        Err(error) => is_later(&error),
    }
}
