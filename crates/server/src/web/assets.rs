//! The web client, inside the binary.

use axum::Router;
use axum::routing::any;

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
    let nothing = || any(|| async { Problem::not_found() });
    // Unknown addresses of programs and of built files are errors, not pages.
    client
        .route("/api/{*path}", nothing())
        .route("/assets/{*path}", nothing())
}
