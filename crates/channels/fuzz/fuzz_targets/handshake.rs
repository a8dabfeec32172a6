//! Any header lines, as a request to a server and as a response to a client: no panic, and every answer can be sent.

#![no_main]

use channels::protocol::handshake::{ClientHandshake, check_request, is_upgrade};
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, StatusCode, Version};
use libfuzzer_sys::fuzz_target;

const NAMES: [HeaderName; 8] = [
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION,
    SEC_WEBSOCKET_ACCEPT,
    UPGRADE,
    CONNECTION,
    HOST,
];

fuzz_target!(|lines: Vec<(u8, &[u8])>| {
    // A good request, so that the fuzzer gets past the first checks; a line replaces or follows the good one.
    let client = ClientHandshake::new(&["chat", "superchat"], true);
    let mut headers = client.request_headers();
    headers.insert(HOST, HeaderValue::from_static("example.org"));
    for (name, value) in lines {
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        change(&mut headers, name, value);
    }

    is_upgrade(&headers);
    match check_request(&Method::GET, Version::HTTP_11, &headers) {
        Ok(offer) => {
            let deflate = offer.negotiate_deflate();
            assert!(deflate.is_none_or(|deflate| (9..=15).contains(&deflate.server_window_bits)));
            for subprotocol in offer.subprotocols.iter().map(|name| Some(name.as_str())).chain([None]) {
                offer.response_headers(subprotocol, deflate);
            }
        }
        Err(error) => assert!(error.status().is_client_error()),
    }
    let _ = client.check_response(StatusCode::SWITCHING_PROTOCOLS, &headers);
});

fn change(headers: &mut HeaderMap, name: u8, value: HeaderValue) {
    let header = NAMES[usize::from(name) % NAMES.len()].clone();
    if name & 0x80 == 0 {
        headers.insert(header, value);
    } else {
        headers.append(header, value);
    }
}
