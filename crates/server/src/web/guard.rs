//! What is checked before any handler runs, and headers that every answer carries.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Web;
use super::extract::bearer;
use super::problem::Problem;

/// Everything comes from here; nothing inline; no string becomes code. The hash allows the one style attribute that
/// Svelte writes: `display: contents`.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; \
    style-src 'self' 'unsafe-hashes' 'sha256-tcbDxjMo+xKqM21aCGYbs/QAJqB7yUXC06oPWDapBgc='; \
    img-src 'self' blob: data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
    form-action 'self'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// Refuses what another site makes a browser do: changes, and opening the live socket.
pub async fn same_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    // A browser never adds a bearer token by itself, and deliveries are signed: no cookie counts for them.
    if (changes || upgrades)
        && !is_delivery(request.uri().path())
        && bearer(request.headers()).is_none()
        && !is_same_origin(request.headers(), web.config.public_url.as_deref())
    {
        return Problem::new(StatusCode::FORBIDDEN, "foreign_origin").into_response();
    }
    next.run(request).await
}

/// `/api/hooks/{name}/deliver`
fn is_delivery(path: &str) -> bool {
    let name = path.strip_prefix("/api/hooks/").and_then(|path| path.strip_suffix("/deliver"));
    name.is_some_and(|name| !name.contains('/'))
}

fn is_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    if let Some(public_url) = public_url {
        return origin == public_url;
    }
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some() && host == text(header::HOST)
}

/// Headers that make browsers strict. A handler's own, stricter ones stay.
pub async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    if is_api {
        set(header::CACHE_CONTROL, "no-store");
    }
    if web.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], public_url: Option<&str>) -> bool {
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_same_origin(&pairs.collect(), public_url)
    }

    #[test]
    fn a_browser_says_where_the_request_comes_from() {
        assert!(check(&[("sec-fetch-site", "same-origin"), ("origin", "http://evil.example")], None));
        assert!(!check(&[("sec-fetch-site", "cross-site")], None));
        assert!(!check(&[("sec-fetch-site", "same-site")], None));
    }

    #[test]
    fn an_old_browser_says_its_origin() {
        assert!(check(&[("origin", "http://a.example:8000"), ("host", "a.example:8000")], None));
        assert!(!check(&[("origin", "http://b.example"), ("host", "a.example:8000")], None));
        assert!(!check(&[("origin", "null"), ("host", "a.example")], None));
        assert!(check(&[("origin", "https://chat.example"), ("host", "127.0.0.1:8000")], Some("https://chat.example")));
    }

    #[test]
    fn a_program_says_nothing() {
        assert!(check(&[("host", "a.example")], None));
    }
}
