//! The only place that knows HTTP, sockets and JSON.

mod accounts;
mod assets;
mod description;
mod entries;
mod extract;
mod files;
mod flows;
mod groups;
mod guard;
mod invitations;
mod live;
mod live_http;
mod live_messages;
mod order_problem;
mod order_table;
mod orders;
mod parking;
mod people;
mod problem;
mod rooms;
mod session;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Accounts;
use channels::websocket::{Connections, Settings};

use crate::config::Config;
use crate::log::Log;
use crate::orders::Orders;
use crate::rooms::Rooms;
use crate::stop::Stop;

pub use description::openapi_json;

/// What handlers work with. Clones share it and are small: each connection has one.
#[derive(Debug, Clone)]
pub struct Web(Arc<Shared>);

#[derive(Debug)]
pub struct Shared {
    pub config: Arc<Config>,
    pub log: Log,
    pub accounts: Accounts,
    pub rooms: Rooms,
    pub orders: Orders,
    pub stop: Stop,
    limits: Arc<DefaultKeyedRateLimiter<i64>>,
    /// Who types in which room.
    typing: Arc<DefaultKeyedRateLimiter<(i64, i64)>>,
    parking: Arc<parking::Parking>,
    /// The open WebSockets.
    pub connections: Connections,
    socket_settings: Arc<Settings>,
}

impl Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Web {
    pub fn new(config: Config, log: Log, accounts: Accounts, rooms: Rooms, orders: Orders, stop: Stop) -> Self {
        let rate = std::num::NonZeroU32::new(config.commands_per_second).unwrap_or(std::num::NonZeroU32::MIN);
        let quota =
            Quota::per_second(rate).allow_burst(rate.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(3)));
        // Somebody's typing is passed on once in two seconds.
        let typing =
            Quota::per_minute(std::num::NonZeroU32::MIN.saturating_add(29)).allow_burst(std::num::NonZeroU32::MIN);
        Self(Arc::new(Shared {
            config: Arc::new(config),
            log,
            accounts,
            rooms,
            orders,
            stop,
            limits: Arc::new(RateLimiter::keyed(quota)),
            typing: Arc::new(RateLimiter::keyed(typing)),
            parking: Arc::default(),
            connections: Connections::default(),
            socket_settings: Arc::new(live::settings()),
        }))
    }

    /// The prefix makes browsers keep the cookie to this host and to https.
    fn cookie_name(&self) -> &'static str {
        if self.config.is_https() { "__Host-countersign_session" } else { "countersign_session" }
    }

    /// Counts something that a person does against their rate.
    fn count(&self, person: i64) -> Result<(), problem::Problem> {
        self.limits
            .check_key(&person)
            .map_err(|_| problem::Problem::new(http::StatusCode::TOO_MANY_REQUESTS, "too_many_requests").retry_after(1))
    }

    /// Drops what was kept for clients that do not poll any more.
    pub fn sweep_parking(&self) {
        self.parking.sweep();
    }

    /// Drops what is kept for all clients that poll.
    pub fn clear_parking(&self) {
        self.parking.clear();
    }

    /// Forgets the rates of people who did nothing for a while.
    pub fn forget_rates(&self) {
        self.limits.retain_recent();
        self.typing.retain_recent();
    }
}

fn api() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(session::site))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(accounts::me, accounts::change_me))
        .routes(routes!(accounts::change_password))
        .routes(routes!(accounts::set_avatar, accounts::remove_avatar))
        .routes(routes!(accounts::sessions, accounts::end_other_sessions))
        .routes(routes!(accounts::end_session))
        .routes(routes!(accounts::tokens, accounts::create_token))
        .routes(routes!(accounts::revoke_token))
        .routes(routes!(people::people, people::create_person))
        .routes(routes!(people::person, people::change_person))
        .routes(routes!(people::avatar))
        .routes(routes!(people::permissions, people::set_permissions))
        .routes(routes!(people::reset_password))
        .routes(routes!(groups::groups, groups::create_group))
        .routes(routes!(groups::change_group, groups::delete_group))
        .routes(routes!(groups::absences, groups::create_absence))
        .routes(routes!(groups::end_absence))
        .routes(routes!(invitations::invitations, invitations::create_invitation))
        .routes(routes!(invitations::revoke_invitation))
        .routes(routes!(invitations::preview, invitations::join))
        .routes(routes!(invitations::accept))
        .routes(routes!(rooms::rooms, rooms::create_room))
        .routes(routes!(rooms::directory))
        .routes(routes!(rooms::direct_room))
        .routes(routes!(rooms::room))
        .routes(routes!(rooms::room_people))
        .routes(routes!(rooms::history))
        .routes(routes!(rooms::export))
        .routes(routes!(rooms::search))
        .routes(routes!(rooms::command))
        .routes(routes!(entries::entries))
        .routes(routes!(files::upload))
        .routes(routes!(files::file))
        .routes(routes!(flows::flows, flows::publish))
        .routes(routes!(flows::check))
        .routes(routes!(flows::flow))
        .routes(routes!(flows::yaml))
        .routes(routes!(orders::orders, orders::create_draft))
        .routes(routes!(orders::counts))
        .routes(routes!(orders::export))
        .routes(routes!(orders::order))
        .routes(routes!(orders::save_draft, orders::discard_draft))
        .routes(routes!(orders::preview))
        .routes(routes!(orders::submit))
        .routes(routes!(orders::form))
        .routes(routes!(orders::diagram))
        .routes(routes!(orders::picture))
        .routes(routes!(orders::changes))
        .routes(routes!(live_http::live))
        .routes(routes!(session::healthz))
}

/// All paths of the product.
pub fn router(web: Web) -> Router {
    let (router, _) = api().split_for_parts();
    router
        .route("/live", axum::routing::get(live::socket))
        .merge(description::router())
        .merge(assets::router())
        .method_not_allowed_fallback(|| async { http::StatusCode::METHOD_NOT_ALLOWED })
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(web.clone(), guard::same_origin))
        .layer(from_fn(problem::render))
        .layer(from_fn_with_state(web.clone(), guard::headers))
        .with_state(web)
}
