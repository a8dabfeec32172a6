//! The web client, inside the binary.

use axum::Router;
use axum::routing::{MethodRouter, any};

use super::Web;
use super::problem::Problem;

/// The client's files, and its page for every address that the client itself routes.
pub fn router() -> Router<Web> {
    let client = memory_serve::load!()
        .index_file(Some("/index.html"))
        .fallback(Some("/index.html"))
        .fallback_status(http::StatusCode::OK)
        .html_cache_control(memory_serve::CacheControl::NoCache)
        .cache_control(memory_serve::CacheControl::Long)
        .into_router();
    // Unknown addresses of programs and of built files are errors, not pages.
    client.route("/api", nothing()).route("/api/", nothing()).route("/api/{*path}", nothing()).merge(unknown_assets())
}

fn nothing() -> MethodRouter<Web> {
    any(|| async { Problem::not_found() })
}

#[cfg(not(debug_assertions))]
fn unknown_assets() -> Router<Web> {
    Router::new().route("/assets/{*path}", nothing())
}

/// In a debug build the files are read from disk, so that the client can be built anew beside a running server; files
/// that were not there when the server was compiled are found here.
#[cfg(debug_assertions)]
fn unknown_assets() -> Router<Web> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist/assets");
    Router::new().nest_service("/assets", tower_http::services::ServeDir::new(folder))
}
