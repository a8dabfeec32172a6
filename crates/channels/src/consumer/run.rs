//! The life of a consumer.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use bytestring::ByteString;
use futures_util::future::BoxFuture;
use http::StatusCode;
use tokio::sync::oneshot;

use super::{Context, Failure, Halt, Outcome, WebSocketConsumer, catch, catch_now, report};
use crate::layer::{LayerError, Message, Received};
use crate::protocol::close_code;
use crate::websocket::{Accept, Closed, Incoming, Socket};

/// Runs a consumer from `connect` to the end of its connection, and cleans up after it, whatever happens.
///
/// `answered` ends with an error when the client's request is dropped before it was answered.
pub(super) async fn serve<C: WebSocketConsumer>(
    mut consumer: C,
    mut context: Context,
    answered: oneshot::Receiver<()>,
) {
    // Here, so that it outlives a panic: a socket that is dropped takes no leave.
    let mut socket = None;
    // Pinned here: a future that is given away would take its room twice.
    let outcome = {
        let life = pin!(run(&mut consumer, &mut context, &mut socket, answered));
        catch(life).await
    };
    let failure = match outcome {
        Ok(Err(Halt::Error(error))) => Some(Failure::Error(error)),
        Ok(_) => None,
        Err(panic) => Some(panic),
    };
    match failure {
        Some(failure) => {
            report::<C>(&context.base, failure);
            context.end(StatusCode::INTERNAL_SERVER_ERROR, close_code::INTERNAL_ERROR);
        }
        None => context.end(StatusCode::FORBIDDEN, close_code::NORMAL),
    }
    // Its groups are left also when the consumer panics while it is dropped.
    if let Err(panic) = catch_now(|| drop((consumer, socket))) {
        report::<C>(&context.base, panic);
    }
    if let Err(error) = Box::pin(context.base.close_channel()).await {
        tracing::warn!(%error, "a channel could not be closed");
    }
}

async fn run<C: WebSocketConsumer>(
    consumer: &mut C,
    context: &mut Context,
    socket: &mut Option<Box<Socket>>,
    answered: oneshot::Receiver<()>,
) -> Outcome {
    // Boxed, as all that is rare: a connection that waits does not carry the room for it.
    let outcome = Box::pin(connect(consumer, context, answered)).await;
    *socket = context.take_socket();
    let closed = match (socket, outcome) {
        (Some(socket), outcome) => {
            obey(context, outcome)?;
            let sender = socket.sender();
            sender.gather(pin!(receive(consumer, context, socket))).await?
        }
        (None, Err(Halt::Gone)) => Closed::Lost,
        (None, refused) => return refused,
    };
    if let Closed::Protocol(error) = &closed {
        tracing::debug!(%error, "a client broke the protocol");
    }
    Box::pin(consumer.disconnect(context, closed)).await
}

/// Asks the consumer. Afterwards the context has a socket, or the consumer has refused or failed, or the client has
/// left.
async fn connect<C: WebSocketConsumer>(
    consumer: &mut C,
    context: &mut Context,
    answered: oneshot::Receiver<()>,
) -> Outcome {
    let mut asked = false;
    let outcome = {
        let mut deciding = pin!(async {
            for group in consumer.groups(context.scope())? {
                context.group_add(&group).await?;
            }
            asked = true;
            match consumer.connect(context).await {
                Ok(()) if context.is_undecided() => accept_with(context, Accept::default()).await,
                Err(Halt::Accept(accept)) if context.is_undecided() => accept_with(context, accept).await,
                outcome => outcome,
            }
        });
        tokio::select! {
            biased;
            outcome = &mut deciding => outcome,
            answered = answered => match answered {
                Ok(()) => deciding.await,
                Err(_) => Err(Halt::Gone),
            },
        }
    };
    match outcome {
        // Who was not asked is not told of the end.
        Err(Halt::Gone) if !asked => Err(Halt::Stop),
        outcome => outcome,
    }
}

async fn accept_with(context: &mut Context, accept: Accept) -> Outcome {
    Ok(context.accept_with(accept).await?)
}

/// What a consumer gets, one at a time.
enum Next {
    Text(ByteString),
    Binary(Bytes),
    Event(Message),
    Behind,
}

/// Gives the consumer one thing after the other, until the connection is closed.
async fn receive<C: WebSocketConsumer>(
    consumer: &mut C,
    context: &mut Context,
    socket: &mut Socket,
) -> Outcome<Closed> {
    let base = context.base.clone();
    let mut event = None;
    loop {
        let mut incoming = pin!(socket.receive());
        // One reception may outlive many events: to begin it anew for each would restart its clocks.
        let incoming = loop {
            if event.is_none() {
                event = base.channel().map(|(layer, channel)| layer.receive(channel));
            }
            let next = tokio::select! {
                incoming = &mut incoming => break incoming,
                received = ready(&mut event), if !context.is_over() => match received? {
                    Received::Message(message) => Next::Event(message),
                    Received::Behind => Next::Behind,
                },
            };
            event = None;
            hand_over(consumer, context, next).await?;
        };
        let next = match incoming {
            Ok(_) if context.is_over() => continue,
            Ok(Incoming::Text(text)) => Next::Text(text),
            Ok(Incoming::Binary(bytes)) => Next::Binary(bytes),
            Ok(Incoming::Behind) => Next::Behind,
            Err(closed) => return Ok(closed),
        };
        hand_over(consumer, context, next).await?;
    }
}

/// Calls the consumer's method.
async fn hand_over<C: WebSocketConsumer>(consumer: &mut C, context: &mut Context, next: Next) -> Outcome {
    let outcome = match next {
        Next::Text(text) => Box::pin(consumer.receive_text(context, text)).await,
        Next::Binary(bytes) => Box::pin(consumer.receive_binary(context, bytes)).await,
        Next::Event(message) => Box::pin(consumer.event(context, message)).await,
        Next::Behind => Box::pin(consumer.behind(context)).await,
    };
    obey(context, outcome)
}

/// Closes the connection when the consumer has said so. After that, and when the client is gone, only its end is
/// waited for.
fn obey(context: &mut Context, outcome: Outcome) -> Outcome {
    match outcome {
        Ok(()) | Err(Halt::Gone | Halt::Accept(_)) => Ok(()),
        Err(Halt::Close(code, reason)) => {
            let _ = context.close(code, &reason);
            Ok(())
        }
        Err(halt @ (Halt::Stop | Halt::Deny | Halt::Error(_))) => Err(halt),
    }
}

/// What comes from the layer; nothing while there is no channel.
pub(crate) fn ready<'f>(
    event: &mut Option<BoxFuture<'f, Result<Received, LayerError>>>,
) -> impl Future<Output = Result<Received, LayerError>> {
    poll_fn(move |context| match event {
        Some(event) => event.as_mut().poll(context),
        None => Poll::Pending,
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::consumer::Base;
    use crate::scope::Scope;
    use crate::websocket::{InMemory, Settings, Upgrade};

    struct Large;

    impl WebSocketConsumer for Large {
        async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
            let room = [0_u8; 10_000];
            context.send_text(&text).await?;
            std::hint::black_box(room);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_connection_that_waits_carries_no_room_for_what_is_rare() {
        let request = Request::get("/")
            .header("host", "localhost")
            .header("upgrade", "websocket")
            .header("connection", "upgrade")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .extension(InMemory::new(tokio::io::duplex(1).0));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let upgrade = Upgrade::from_parts(&mut parts).unwrap();
        let base = Base::new(Scope::new(parts), None);
        let context = Context::new(base, upgrade, Settings::shared(), oneshot::channel().0, None);
        let task = serve(Large, context, oneshot::channel().1);
        let size = std::mem::size_of_val(&task);
        assert!(size <= 1_200, "{size} bytes");
    }
}
