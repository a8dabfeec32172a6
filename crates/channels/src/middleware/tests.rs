use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use tower_service::Service;

use super::*;

async fn status(app: Router, headers: &[(&str, &str)]) -> StatusCode {
    let request = headers.iter().fold(Request::get("/"), |request, (name, value)| request.header(*name, *value));
    app.clone().call(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

fn app() -> Router {
    Router::new().route("/", get(async || "in"))
}

async fn allows(patterns: &[&str], origin: Option<&str>) -> bool {
    let app = app().layer(OriginLayer::new(patterns).unwrap());
    let mut headers = vec![("upgrade", "websocket"), ("host", "example.org")];
    headers.extend(origin.map(|origin| ("origin", origin)));
    status(app, &headers).await == StatusCode::OK
}

#[tokio::test]
async fn an_origin_passes_when_a_pattern_fits() {
    for (pattern, origin, passes) in [
        ("*", "http://anything.test", true),
        ("*", "null", true),
        ("example.org", "http://example.org", true),
        ("example.org", "https://example.org:8443", true),
        ("Example.ORG", "http://EXAMPLE.org", true),
        ("example.org", "http://example.org.", true),
        ("example.org", "http://www.example.org", false),
        ("example.org", "http://example.org.evil.test", false),
        (".example.org", "http://example.org", true),
        (".example.org", "http://a.b.example.org", true),
        (".example.org", "http://badexample.org", false),
        ("http://example.org", "http://example.org", true),
        ("http://example.org", "http://example.org:80", true),
        ("http://example.org:80", "http://example.org", true),
        ("http://example.org", "https://example.org", false),
        ("http://example.org", "http://example.org:8080", false),
        ("https://example.org:443", "https://example.org", true),
        ("https://.example.org:8443", "https://a.example.org:8443", true),
        ("https://.example.org:8443", "https://a.example.org", false),
        ("http://[::1]:8000", "http://[::1]:8000", true),
        ("[::1]", "http://[::1]:8000", true),
        ("app://example", "app://example", true),
        ("app://example:1", "app://example", false),
        ("example.org", "null", false),
        ("example.org", "", false),
        ("example.org", "example.org", false),
        ("example.org", "http://example.org:x", false),
        ("example.org", "http://example.org:99999", false),
        ("example.org", "http://user@example.org", false),
        ("example.org", "http://", false),
    ] {
        assert_eq!(allows(&[pattern], Some(origin)).await, passes, "{pattern} {origin}");
    }
    assert!(allows(&["a.test", "b.test"], Some("http://b.test")).await);
    assert!(!allows(&[], Some("http://b.test")).await);
}

#[tokio::test]
async fn a_missing_origin_passes_only_the_star() {
    assert!(allows(&["*"], None).await);
    assert!(!allows(&["example.org"], None).await);
    let app = app().layer(OriginLayer::new(["example.org"]).unwrap());
    let twice = [("upgrade", "websocket"), ("origin", "http://example.org"), ("origin", "http://example.org")];
    assert_eq!(status(app.clone(), &twice).await, StatusCode::FORBIDDEN);
    assert_eq!(status(app, &[("origin", "http://evil.test")]).await, StatusCode::OK, "not a WebSocket");
}

#[tokio::test]
async fn same_host_compares_the_origin_with_where_the_request_goes() {
    for (host, origin, passes) in [
        ("example.org", "https://example.org", true),
        ("example.org", "http://example.org:80", true),
        ("Example.org:8000", "http://example.org:8000", true),
        ("example.org:8000", "http://example.org", false),
        ("example.org", "http://evil.test", false),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", true),
        ("127.0.0.1:8000", "http://localhost:8000", false),
        ("example.org", "null", false),
    ] {
        let app = app().layer(OriginLayer::same_host());
        let expected = if passes { StatusCode::OK } else { StatusCode::FORBIDDEN };
        let headers = [("upgrade", "websocket"), ("host", host), ("origin", origin)];
        assert_eq!(status(app, &headers).await, expected, "{host} {origin}");
    }
    let app = app().layer(OriginLayer::same_host());
    assert_eq!(status(app, &[("upgrade", "websocket"), ("host", "a.test")]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_hosts_that_are_allowed_are_served() {
    for (patterns, host, passes) in [
        (&["example.org"][..], "example.org", true),
        (&["example.org"], "EXAMPLE.org:8000", true),
        (&["example.org"], "www.example.org", false),
        (&[".example.org", "localhost"], "www.example.org", true),
        (&[".example.org", "localhost"], "localhost:1", true),
        (&["[::1]"], "[::1]:8000", true),
        (&["*"], "whatever", true),
        (&["*"], "bad host", false),
        (&["*"], "a.test:b", false),
        (&["*"], "[::1", false),
        (&["*"], "", false),
        (&[], "example.org", false),
    ] {
        let app = app().layer(AllowedHostsLayer::new(patterns).unwrap());
        let expected = if passes { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(status(app, &[("host", host)]).await, expected, "{patterns:?} {host}");
    }
    let app = app().layer(AllowedHostsLayer::new(["*"]).unwrap());
    assert_eq!(status(app.clone(), &[]).await, StatusCode::BAD_REQUEST);
    assert_eq!(status(app, &[("host", "a"), ("host", "a")]).await, StatusCode::BAD_REQUEST);
}

#[test]
fn a_bad_pattern_is_refused_when_the_layer_is_built() {
    for pattern in ["", ".", "a b", "http://", "http://*", "://a", "http://a:b", "ht tp://a", "a:80", "http://a/path"] {
        assert!(OriginLayer::new([pattern]).is_err(), "{pattern}");
    }
    assert!(AllowedHostsLayer::new(["a:80"]).is_err());
}

#[tokio::test]
async fn what_is_found_is_in_the_scope_and_who_is_needed_is_asked_for() {
    #[derive(Clone)]
    struct User(String);
    let app = Router::new().route(
        "/",
        get(async |request: Request<Body>| {
            let scope = crate::scope::Scope::new(request.into_parts().0);
            scope.get::<User>().map_or_else(|| "nobody".to_owned(), |user| user.0.clone())
        }),
    );
    let layer = ScopeLayer::new(|parts: &http::request::Parts| {
        let session = cookie(parts, "session");
        async move { session.filter(|session| session == "s1").map(|_| User("anna".into())) }
    });
    let ask = async |app: &Router, session: &str| {
        let request = Request::get("/").header("cookie", format!("a=b; session={session}"));
        let response = app.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        (status.as_u16(), axum::body::to_bytes(response.into_body(), 100).await.unwrap())
    };
    let open = app.clone().layer(layer.clone());
    assert_eq!(ask(&open, "s1").await, (200, "anna".into()));
    assert_eq!(ask(&open, "s2").await, (200, "nobody".into()));
    let closed = app.layer(layer.required(StatusCode::UNAUTHORIZED));
    assert_eq!(ask(&closed, "s1").await, (200, "anna".into()));
    assert_eq!(ask(&closed, "s2").await, (401, "".into()));
}
