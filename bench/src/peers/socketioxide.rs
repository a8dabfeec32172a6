//! A Socket.IO room.

use anyhow::Result;
use axum::serve::ListenerExt;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use tokio::net::TcpListener;

const ROOM: &str = "bench";

pub async fn serve(listener: TcpListener) -> Result<()> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.join(ROOM);
        socket.on("m", async |socket: SocketRef, Data(text): Data<String>| {
            // A member whose queue is full gets an error of its own, and the others their message.
            let _ = socket.within(ROOM).emit("m", &text).await;
        });
    });
    let listener = listener.tap_io(|stream| {
        // Without it the deliveries wait for each other's acknowledgements. It fails only on a socket that is gone.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, axum::Router::new().layer(layer)).await?)
}
