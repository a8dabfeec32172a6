use http::Request;

use super::*;

fn scope(request: http::request::Builder) -> Scope {
    Scope::new(request.body(()).unwrap().into_parts().0)
}

#[test]
fn headers_are_found_whatever_the_case_and_however_often() {
    let scope = scope(Request::get("/").header("X-Tag", "a").header("x-tag", "b: c").header("x-raw", "ä"));
    assert_eq!(scope.header("x-TAG"), Some("a"));
    assert_eq!(scope.headers().get_all("x-tag").collect::<Vec<_>>(), ["a", "b: c"]);
    assert_eq!(scope.header("x-raw"), Some("ä"));
    assert_eq!(scope.header("x"), None);
    assert_eq!(scope.headers().iter().count(), 3);
}

#[test]
fn cookies_are_decoded_and_broken_ones_are_passed_over() {
    let scope = scope(Request::get("/").header("cookie", "broken; name=%E5%BC%A0; name=other").header("cookie", "b=2"));
    assert_eq!(scope.cookie("name").as_deref(), Some("张"));
    assert_eq!(scope.cookie("b").as_deref(), Some("2"));
    assert_eq!(scope.cookie("broken"), None);
}

#[test]
fn the_query_is_text_pairs_or_a_type() {
    #[derive(serde::Deserialize)]
    struct Page {
        after: u64,
    }
    let scope = scope(Request::get("/?after=7&name=a+b%21&after=8"));
    assert_eq!(scope.query_string(), "after=7&name=a+b%21&after=8");
    assert_eq!(scope.query_value("name").as_deref(), Some("a b!"));
    assert_eq!(scope.query_value("after").as_deref(), Some("7"));
    assert!(scope.query::<Page>().is_err(), "a doubled field is no Page");
    let scope = self::scope(Request::get("/?after=7"));
    assert_eq!(scope.query::<Page>().unwrap().after, 7);
    assert!(self::scope(Request::get("/?after=x")).query::<Page>().is_err());
}

#[test]
fn the_proxys_word_on_the_client_goes_before_the_connections() {
    let (proxy, client) = ("10.0.0.1:1".parse().unwrap(), "192.0.2.7:2".parse().unwrap());
    let direct = scope(Request::get("/").extension(ConnectInfo::<SocketAddr>(client)));
    assert_eq!(direct.client(), Some(client));
    let request = Request::get("/").extension(ConnectInfo::<SocketAddr>(proxy)).extension(ClientAddress(client));
    assert_eq!(scope(request).client(), Some(client));
    assert_eq!(scope(Request::get("/")).client(), None);
}

#[test]
fn subprotocols_come_in_the_clients_order() {
    let request = Request::get("/").header("upgrade", "websocket").header("sec-websocket-protocol", "a, b,,c");
    let scope = scope(request);
    assert_eq!(scope.scope_type(), ScopeType::WebSocket);
    assert_eq!(scope.subprotocols().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn what_is_printed_holds_no_secrets() {
    let scope = scope(Request::get("/room/?token=secret").header("cookie", "session=secret"));
    assert!(!format!("{scope:?}").contains("secret"));
}
