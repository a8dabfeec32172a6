use axum::body::Body;
use http::{Request, StatusCode};
use tower_service::Service;

use super::*;
use crate::scope::{Parameters, Scope};

/// An endpoint that answers its name and its parameters.
fn named(name: &'static str) -> axum::Router {
    axum::Router::new().fallback(async move |request: Request<Body>| {
        let scope = Scope::new(request.into_parts().0);
        let parameters: Vec<_> = scope.parameters().iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{name}{}", parameters.concat())
    })
}

async fn ask<S>(router: &S, path: &str) -> (StatusCode, String)
where
    S: Service<Request<Body>, Response = axum::response::Response, Error = std::convert::Infallible> + Clone,
{
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().call(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    (status, String::from_utf8(body.into()).unwrap())
}

async fn check(router: &UrlRouter, answers: &[(&str, &str)]) {
    for (path, answer) in answers {
        assert_eq!(ask(router, path).await.1, *answer, "{path}");
    }
}

fn path_error(pattern: &str) -> PatternError {
    UrlRouter::new().path(pattern, named("")).unwrap_err()
}

#[tokio::test]
async fn each_converter_takes_its_kind_and_leaves_the_rest() {
    let router = UrlRouter::new()
        .path("int/<int:id>/", named("int"))
        .and_then(|router| router.path("str/<str:name>/", named("str")))
        .and_then(|router| router.path("plain/<name>/", named("plain")))
        .and_then(|router| router.path("slug/<slug:name>/", named("slug")))
        .and_then(|router| router.path("uuid/<uuid:id>/", named("uuid")))
        .and_then(|router| router.path("files/<path:name>", named("path")))
        .and_then(|router| router.path("two/<int:a>-<int:b>", named("two")))
        .unwrap();
    check(
        &router,
        &[
            ("/int/42/", "int id=42"),
            ("/int/x/", "not found"),
            ("/int/18446744073709551615/", "int id=18446744073709551615"),
            ("/int/18446744073709551616/", "not found"),
            ("/str/a.b%20c/", "str name=a.b c"),
            ("/str/群/", "str name=群"),
            ("/str//", "not found"),
            ("/str/a/b/", "not found"),
            ("/plain/x/", "plain name=x"),
            ("/slug/a-b_C9/", "slug name=a-b_C9"),
            ("/slug/a.b/", "not found"),
            ("/uuid/075194d3-6885-417e-a8a8-6c931e272f00/", "uuid id=075194d3-6885-417e-a8a8-6c931e272f00"),
            ("/uuid/075194D3-6885-417e-a8a8-6c931e272f00/", "not found"),
            ("/files/a/b/c.txt", "path name=a/b/c.txt"),
            ("/two/1-2", "two a=1 b=2"),
            ("/two/1-2/", "not found"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_first_route_that_matches_wins() {
    let router = UrlRouter::new().path("a/<name>/", named("first")).unwrap().path("a/b/", named("second")).unwrap();
    check(&router, &[("/a/b/", "first name=b"), ("///a/b/", "first name=b")]).await;
}

#[tokio::test]
async fn a_regular_expression_is_searched_for_anywhere_in_the_path() {
    let router = UrlRouter::new()
        .regex(r"ws/(?P<group>\w+)/$", named("ws"))
        .and_then(|router| router.regex(r"^start/(\d+)(?:/(\d+))?", named("start")))
        .and_then(|router| router.regex(r"mix/(\d)(?P<b>\d)(?P<c>\d)?$", named("mix")))
        .unwrap();
    check(
        &router,
        &[
            ("/ws/lobby/", "ws group=lobby"),
            ("/deep/in/ws/lobby/", "ws group=lobby"),
            ("/ws/lobby/more", "not found"),
            ("/start/7/more", "start 0=7"),
            ("/start/7/8", "start 0=7 1=8"),
            ("/not/start/7", "not found"),
            ("/mix/12", "mix b=2"),
        ],
    )
    .await;
}

#[tokio::test]
async fn nested_routers_match_prefixes_and_a_miss_goes_on_outside() {
    let inner = UrlRouter::new().path("book/<id>/", named("book")).unwrap().path("<shelf>/", named("shelf")).unwrap();
    let deep = UrlRouter::new().nest("<floor>/", inner.clone()).unwrap();
    let router = UrlRouter::new()
        .nest("universe/<id>/", inner)
        .and_then(|router| router.path("universe/<id>/home/now/", named("outer")))
        .and_then(|router| router.nest("house/", deep))
        .and_then(|router| router.nest_regex("^v[0-9]/", UrlRouter::new().path("x", named("versioned"))?))
        .unwrap();
    check(
        &router,
        &[
            ("/universe/1/book/2/", "book id=2"),
            ("/universe/1/home/", "shelf id=1 shelf=home"),
            ("/universe/1/home/now/", "outer id=1"),
            ("/house/3/book/2/", "book floor=3 id=2"),
            ("/house/3/", "not found"),
            ("/v2/x", "versioned"),
            ("/v2//x", "versioned"),
        ],
    )
    .await;
}

#[tokio::test]
async fn unknown_paths_are_404_and_paths_that_are_not_utf_8_are_400() {
    let router = UrlRouter::new().path("<name>", named("any")).unwrap();
    assert_eq!(ask(&router, "/a/b").await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&router, "/%ff").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&router, "/").await.0, StatusCode::NOT_FOUND);
}

#[test]
fn a_bad_pattern_is_refused_when_the_router_is_built() {
    assert!(matches!(path_error("a/<int:1x>/"), PatternError::Parameter { .. }));
    assert!(matches!(path_error("a/<int: x>/"), PatternError::Parameter { .. }));
    assert!(matches!(path_error("a/<>/"), PatternError::Parameter { .. }));
    assert!(matches!(path_error("<a>/<int:a>/"), PatternError::Twice { .. }));
    assert!(matches!(path_error("<float:a>/"), PatternError::Converter { .. }));
    assert!(matches!(path_error("a/<b"), PatternError::Unclosed { .. }));
    let regex = |pattern| UrlRouter::new().regex(pattern, named("")).unwrap_err();
    assert!(matches!(regex("(open"), PatternError::Regex(_)));
    assert!(matches!(regex("^/a"), PatternError::LeadingSlash { .. }));
}

#[tokio::test]
async fn a_router_within_a_router_as_an_endpoint_keeps_the_outer_parameters() {
    let inner = UrlRouter::new().regex("tail/(?P<b>.)$", named("inner")).unwrap();
    let router = UrlRouter::new().path("<a>/tail/<c>", inner).unwrap();
    check(&router, &[("/1/tail/2", "inner a=1 c=2 b=2")]).await;
}

#[tokio::test]
async fn axum_nests_a_router_with_one_line() {
    let router = || UrlRouter::new().path("room/<id>/", named("room")).unwrap();
    let nested: axum::Router = axum::Router::new().nest_service("/ws", router());
    assert_eq!(ask(&nested, "/ws/room/1/").await.1, "room id=1");
    let fallback: axum::Router = axum::Router::new().fallback_service(router());
    assert_eq!(ask(&fallback, "/room/1/").await.1, "room id=1");
    assert_eq!(ask(&fallback, "/elsewhere").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_middleware_is_around_each_endpoint_of_a_router_and_of_those_in_it() {
    let inner = UrlRouter::new().path("in", named("in")).unwrap();
    let router = UrlRouter::new().path("out", named("out")).unwrap().nest("deep/", inner).unwrap();
    let mut extra = Parameters::default();
    extra.insert("seen", "yes");
    let router = router.layer(axum::middleware::map_response(async |response: axum::response::Response| {
        ([("x-seen", "yes")], response)
    }));
    for (path, seen) in [("/out", true), ("/deep/in", true), ("/none", false)] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().call(request).await.unwrap();
        assert_eq!(response.headers().contains_key("x-seen"), seen, "{path}");
    }
}

#[tokio::test]
async fn protocols_are_told_apart_and_one_without_a_service_is_404() {
    async fn status(router: &ProtocolRouter, upgrade: bool) -> (StatusCode, String) {
        let mut request = Request::get("/");
        if upgrade {
            request = request.header("upgrade", "WebSocket").header("connection", "upgrade");
        }
        let response = router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    }
    let both = ProtocolRouter::new().http(named("http")).websocket(named("websocket"));
    assert_eq!(status(&both, false).await.1, "http");
    assert_eq!(status(&both, true).await.1, "websocket");
    let none = ProtocolRouter::new();
    assert_eq!(status(&none, false).await.0, StatusCode::NOT_FOUND);
    assert_eq!(status(&none, true).await.0, StatusCode::NOT_FOUND);
}
