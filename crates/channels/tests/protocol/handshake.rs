//! The opening handshake, from both sides.

use channels::protocol::Deflate;
use channels::protocol::handshake::{
    ClientAgreement, ClientHandshake, HandshakeError, accept_key, check_request, is_upgrade,
};
use http::header::{
    ALLOW, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, StatusCode, Version};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The request of the RFC's example, with its lines changed: an empty list takes a header away.
fn request(changes: &[(HeaderName, &[&'static str])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (HOST, "server.example.com"),
        (UPGRADE, "websocket"),
        (CONNECTION, "Upgrade"),
        (SEC_WEBSOCKET_KEY, KEY),
        (SEC_WEBSOCKET_VERSION, "13"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, values) in changes {
        headers.remove(name);
        for value in *values {
            headers.append(name, HeaderValue::from_static(value));
        }
    }
    headers
}

fn check(changes: &[(HeaderName, &[&'static str])], expected: Result<(), HandshakeError>) {
    let result = check_request(&Method::GET, Version::HTTP_11, &request(changes));
    assert_eq!(result.map(|_| ()), expected, "{changes:?}");
}

#[test]
fn the_accept_key_is_that_of_the_rfc_s_example() {
    assert_eq!(accept_key(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn the_rfc_s_example_gets_its_answer() {
    let headers = request(&[(SEC_WEBSOCKET_PROTOCOL, &["chat, superchat"])]);
    let offer = check_request(&Method::GET, Version::HTTP_11, &headers).unwrap();
    assert_eq!(offer.subprotocols, ["chat", "superchat"]);
    assert_eq!(offer.negotiate_deflate(), None);
    let response = offer.response_headers(Some("chat"), None);
    assert_eq!(response.len(), 4);
    assert_eq!(response[UPGRADE], "websocket");
    assert_eq!(response[CONNECTION], "Upgrade");
    assert_eq!(response[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(response[SEC_WEBSOCKET_PROTOCOL], "chat");
}

#[test]
fn lists_and_letters_may_be_written_in_any_way() {
    check(&[(UPGRADE, &["WebSocket"]), (CONNECTION, &["keep-alive, Upgrade"])], Ok(()));
    check(&[(UPGRADE, &["h2c, WEBSOCKET"]), (CONNECTION, &["keep-alive", " upgrade ,"])], Ok(()));
}

#[test]
fn another_method_is_405_and_says_which_is_allowed() {
    let error = check_request(&Method::POST, Version::HTTP_11, &request(&[])).unwrap_err();
    assert_eq!(
        (error.status(), &error.response_headers()[ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET".parse().unwrap())
    );
}

#[test]
fn another_version_is_426_and_says_which_is_spoken() {
    for versions in [&[][..], &["8"], &["12"], &["14"], &["013"], &["13", "13"], &["13, 8"], &["x"]] {
        check(&[(SEC_WEBSOCKET_VERSION, versions)], Err(HandshakeError::Version));
    }
    assert_eq!(HandshakeError::Version.status(), StatusCode::UPGRADE_REQUIRED);
    assert_eq!(HandshakeError::Version.response_headers()[SEC_WEBSOCKET_VERSION], "13");
}

#[test]
fn a_request_that_asks_for_no_upgrade_is_400() {
    for (name, values, error) in [
        (UPGRADE, &[][..], HandshakeError::Upgrade),
        (UPGRADE, &["websockets"], HandshakeError::Upgrade),
        (UPGRADE, &["h2c"], HandshakeError::Upgrade),
        (CONNECTION, &[], HandshakeError::Connection),
        (CONNECTION, &["keep-alive"], HandshakeError::Connection),
        (CONNECTION, &["close, x-upgrade"], HandshakeError::Connection),
        (HOST, &[], HandshakeError::Host),
        (HOST, &["a", "b"], HandshakeError::Host),
    ] {
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        check(&[(name, values)], Err(error));
    }
    let old = check_request(&Method::GET, Version::HTTP_10, &request(&[])).unwrap_err();
    assert_eq!((old.status(), old), (StatusCode::BAD_REQUEST, HandshakeError::HttpVersion));
}

#[test]
fn a_key_is_16_bytes_of_base64_and_comes_once() {
    for keys in [
        &[][..],
        &[""],
        &["dGhlIHNhbXBsZSBub25jZQ"],
        &["dGhlIHNhbXBsZSBub25jZSE="],
        &["dGhlIHNhbXBsZSBub25j"],
        &["not base64 at all!!!!!!!"],
        &[KEY, KEY],
    ] {
        check(&[(SEC_WEBSOCKET_KEY, keys)], Err(HandshakeError::Key));
    }
    assert_eq!(HandshakeError::Key.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn bad_lists_of_subprotocols_and_extensions_are_400() {
    check(&[(SEC_WEBSOCKET_PROTOCOL, &["chat, chat"])], Err(HandshakeError::Subprotocol));
    check(&[(SEC_WEBSOCKET_EXTENSIONS, &["permessage-deflate; ="])], Err(HandshakeError::Extensions));
    assert_eq!(HandshakeError::Subprotocol.status(), StatusCode::BAD_REQUEST);
    assert_eq!(HandshakeError::Extensions.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_socket_is_wanted_by_whoever_names_it() {
    assert!(is_upgrade(&request(&[])));
    // A broken handshake is still one, so that it is refused as such and not served a page.
    assert!(is_upgrade(&request(&[(SEC_WEBSOCKET_KEY, &[]), (CONNECTION, &[])])));
    assert!(!is_upgrade(&request(&[(UPGRADE, &[])])));
    assert!(!is_upgrade(&request(&[(UPGRADE, &["h2c"])])));
}

#[test]
fn a_deflate_is_answered_within_what_was_offered() {
    const BOTH: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    for (offer, server, client, answer) in [
        ("permessage-deflate", 15, 15, ""),
        // What Chromium and Firefox send.
        ("permessage-deflate; client_max_window_bits", 15, 15, ""),
        ("permessage-deflate; client_max_window_bits=12", 15, 12, "; client_max_window_bits=12"),
        ("permessage-deflate; server_max_window_bits=9", 9, 15, "; server_max_window_bits=9"),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", 15, 15, ""),
        ("x-unknown, permessage-deflate; surprise, permessage-deflate; server_no_context_takeover", 15, 15, ""),
    ] {
        let offer = check_request(&Method::GET, Version::HTTP_11, &request(&[(SEC_WEBSOCKET_EXTENSIONS, &[offer])]));
        let offer = offer.unwrap();
        let deflate = offer.negotiate_deflate();
        assert_eq!(deflate, Some(Deflate { server_window_bits: server, client_window_bits: client }));
        assert_eq!(offer.response_headers(None, deflate)[SEC_WEBSOCKET_EXTENSIONS], format!("{BOTH}{answer}"));
        assert_eq!(offer.response_headers(None, None).get(SEC_WEBSOCKET_EXTENSIONS), None);
    }
}

#[test]
fn what_was_not_offered_is_not_answered() {
    let offer = check_request(&Method::GET, Version::HTTP_11, &request(&[])).unwrap();
    let deflate = Deflate { server_window_bits: 15, client_window_bits: 15 };
    let response = offer.response_headers(Some("chat"), Some(deflate));
    assert_eq!(response.get(SEC_WEBSOCKET_PROTOCOL), None);
    assert_eq!(response.get(SEC_WEBSOCKET_EXTENSIONS), None);
}

/// A client's handshake and our server's answer to it.
fn answered(subprotocols: &[&str], deflate: bool) -> (ClientHandshake, HeaderMap) {
    let client = ClientHandshake::new(subprotocols, deflate);
    let mut headers = client.request_headers();
    headers.insert(HOST, HeaderValue::from_static("example.org"));
    let offer = check_request(&Method::GET, Version::HTTP_11, &headers).expect("our own request passes every check");
    let response = offer.response_headers(subprotocols.last().copied(), offer.negotiate_deflate());
    (client, response)
}

#[test]
fn client_and_server_agree_with_each_other() {
    for (subprotocols, deflate) in [(&[][..], false), (&["a", "b"], true), (&["a"], false), (&[], true)] {
        let (client, response) = answered(subprotocols, deflate);
        let agreement = ClientAgreement {
            subprotocol: subprotocols.last().map(|&name| name.to_owned()),
            deflate: deflate.then_some(Deflate { server_window_bits: 15, client_window_bits: 15 }),
        };
        assert_eq!(client.check_response(StatusCode::SWITCHING_PROTOCOLS, &response), Ok(agreement));
    }
}

#[test]
fn no_two_clients_have_the_same_key() {
    let key = || ClientHandshake::new(&[], false).request_headers()[SEC_WEBSOCKET_KEY].clone();
    assert_ne!(key(), key());
}

#[test]
fn a_client_refuses_a_response_that_is_not_an_answer() {
    for (name, values, error) in [
        (UPGRADE, &[][..], HandshakeError::Upgrade),
        (UPGRADE, &["h2c"], HandshakeError::Upgrade),
        (CONNECTION, &["close"], HandshakeError::Connection),
        (SEC_WEBSOCKET_ACCEPT, &[], HandshakeError::Accept),
        (SEC_WEBSOCKET_ACCEPT, &["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], HandshakeError::Accept),
        (SEC_WEBSOCKET_PROTOCOL, &["other"], HandshakeError::Subprotocol),
        (SEC_WEBSOCKET_PROTOCOL, &["a, b"], HandshakeError::Subprotocol),
        (SEC_WEBSOCKET_PROTOCOL, &["a", "b"], HandshakeError::Subprotocol),
    ] {
        let (client, mut response) = answered(&["a", "b"], true);
        response.remove(&name);
        values.iter().for_each(|value| _ = response.append(&name, HeaderValue::from_static(value)));
        assert_eq!(client.check_response(StatusCode::SWITCHING_PROTOCOLS, &response), Err(error), "{values:?}");
    }
    let (client, response) = answered(&[], false);
    let refused = client.check_response(StatusCode::FORBIDDEN, &response);
    assert_eq!(refused, Err(HandshakeError::Refused(StatusCode::FORBIDDEN)));
}

#[test]
fn a_client_refuses_an_extension_that_it_did_not_ask_for() {
    let respond = |asked, extensions: &str| {
        let (client, mut response) = answered(&[], asked);
        response.insert(SEC_WEBSOCKET_EXTENSIONS, extensions.parse().unwrap());
        client.check_response(StatusCode::SWITCHING_PROTOCOLS, &response).map(|agreement| agreement.deflate)
    };
    let good = "permessage-deflate; server_no_context_takeover";
    assert_eq!(respond(false, good), Err(HandshakeError::Extensions));
    for bad in ["permessage-deflate", "permessage-deflate; client_no_context_takeover", "x-other", "garbage;;"] {
        assert_eq!(respond(true, bad), Err(HandshakeError::Extensions), "{bad}");
    }
    for bad in [
        "client_max_window_bits",
        "client_max_window_bits=8",
        "client_max_window_bits=16",
        "server_max_window_bits=7",
        "server_no_context_takeover",
        "surprise=1",
    ] {
        assert_eq!(respond(true, &format!("{good}; {bad}")), Err(HandshakeError::Extensions), "{bad}");
    }
    assert_eq!(respond(true, &format!("{good}, {good}")), Err(HandshakeError::Extensions));

    let windows = format!("{good}; client_max_window_bits=\"10\"; server_max_window_bits=8");
    assert_eq!(respond(true, &windows), Ok(Some(Deflate { server_window_bits: 8, client_window_bits: 10 })));
}

#[test]
#[should_panic(expected = "subprotocols are tokens")]
fn a_client_can_not_offer_a_subprotocol_that_is_no_token() {
    ClientHandshake::new(&["two words"], false);
}
