//! What all examples share: a page, its style, a port.

use std::io;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;

/// The page of an example, at `/` and at `/home/`.
pub fn page(html: &'static str) -> Router {
    let style = get(async || ([("content-type", "text/css")], include_str!("../pages/style.css")));
    Router::new().route("/", get(Html(html))).route("/home/", get(Html(html))).route("/style.css", style)
}

/// Where to listen: this machine alone, at `PORT` or 8000.
pub async fn listen() -> io::Result<TcpListener> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/home/", listener.local_addr()?);
    Ok(listener)
}
