//! What handlers take from a request, with problems in place of the framework's own refusals.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::Web;
use super::problem::{Problem, ReaderLanguage};
use crate::accounts::Caller;
use crate::tls::Peer;

/// JSON bodies, at most: 8,000 characters at their longest in JSON fit.
pub const MAX_JSON: usize = 128 * 1024;

/// JSON bodies with the text of a flow, or two.
pub const MAX_FLOW_JSON: usize = 2 * 1024 * 1024;

/// A JSON body of at most `MOST` bytes.
#[derive(Debug)]
pub struct Json<T, const MOST: usize = MAX_JSON>(pub T);

/// A JSON body with the text of a flow, or two.
pub type FlowJson<T> = Json<T, MAX_FLOW_JSON>;

impl<T: DeserializeOwned, S: Send + Sync, const MOST: usize> FromRequest<S> for Json<T, MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = media_type.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type"));
        }
        let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
        let bytes = axum::body::to_bytes(request.into_body(), MOST).await.map_err(too_large)?;
        parse(&bytes).map(Json)
    }
}

/// Parses JSON with a problem that tells syntax from shape.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (status, slug) = match error.classify() {
            serde_json::error::Category::Data => (StatusCode::UNPROCESSABLE_ENTITY, "wrong_shape"),
            _ => (StatusCode::BAD_REQUEST, "malformed_json"),
        };
        Problem::new(status, slug).detail(error.to_string().chars().take(300).collect::<String>())
    })
}

/// Tells a field that is null from one that is not there.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The query of the address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Query(query)),
            Err(error) => {
                let detail: String = error.body_text().chars().take(300).collect();
                Err(Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail(detail))
            }
        }
    }
}

/// Parameters in the path; one that can not be right is an address that leads nowhere.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Path(path)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let caller = match bearer(&parts.headers) {
            Some(token) => web.accounts.caller_of_token(token).await?,
            None => match session_cookie(&parts.headers, web.cookie_name()) {
                Some(secret) => web.accounts.caller_of_session(secret).await?,
                None => None,
            },
        };
        let caller = caller.ok_or_else(Problem::not_signed_in)?;
        if let (Some(reader), Some(language)) = (parts.extensions.get::<ReaderLanguage>(), caller.person.language) {
            // Set once a request; a second extractor would say the same.
            let _ = reader.0.set(language);
        }
        Ok(caller)
    }
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub fn session_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Where the request comes from: the peer, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|info| info.0.0.ip().to_canonical());
        let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        Ok(Self(client_address(peer, &parts.headers, &web.config.trusted_proxy)))
    }
}

/// Reads X-Forwarded-For from the right, as far as the proxies are trusted.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[ipnet::IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let values = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        address = hop.to_canonical();
    }
    address
}

/// The `User-Agent` of a request.
#[derive(Debug, Clone)]
pub struct UserAgent(pub String);

impl<S: Send + Sync> FromRequestParts<S> for UserAgent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(value.unwrap_or("").to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn forwarded_addresses_count_only_behind_trusted_proxies() {
        let (proxy, other): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let client: IpAddr = "198.51.100.7".parse().unwrap();
        assert_eq!(client_address(proxy, &forwarded("1.1.1.1, 198.51.100.7"), &trusted), client);
        assert_eq!(client_address(proxy, &forwarded("198.51.100.7, 10.0.0.2"), &trusted), client);
        assert_eq!(client_address(other, &forwarded("198.51.100.7"), &trusted), other);
        assert_eq!(client_address(proxy, &forwarded("nonsense"), &trusted), proxy);
    }
}
