//! A body that is written while it is read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::{mpsc, oneshot};

/// Pieces that wait for the client, at most.
const WAITING: usize = 16;

/// The writing side. Dropped without [`BodyWriter::finish`], the body breaks off.
pub(super) struct BodyWriter {
    pieces: mpsc::Sender<Bytes>,
    is_complete: Arc<AtomicBool>,
}

/// The body of the answer.
pub(super) struct ChannelBody {
    pieces: mpsc::Receiver<Bytes>,
    is_complete: Arc<AtomicBool>,
}

/// A body that is missed when it is dropped.
pub(super) struct Watched<B> {
    pub body: B,
    pub _watch: oneshot::Sender<()>,
}

pub(super) fn channel() -> (BodyWriter, ChannelBody) {
    let (sender, pieces) = mpsc::channel(WAITING);
    let is_complete = Arc::new(AtomicBool::new(false));
    (BodyWriter { pieces: sender, is_complete: is_complete.clone() }, ChannelBody { pieces, is_complete })
}

impl BodyWriter {
    /// Waits while too much waits. Answers whether the client is still there.
    pub async fn write(&self, piece: Bytes) -> bool {
        self.pieces.send(piece).await.is_ok()
    }

    pub fn finish(self) {
        self.is_complete.store(true, Ordering::Release);
    }
}

impl http_body::Body for ChannelBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(piece) => Some(Ok(Frame::data(piece))),
            None if self.is_complete.load(Ordering::Acquire) => None,
            None => Some(Err(io::Error::other("the answer breaks off"))),
        })
    }
}

impl<B: http_body::Body + Unpin> http_body::Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
