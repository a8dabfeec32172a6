//! The only place that knows HTTP, sockets and JSON.

mod accounts;
mod assets;
mod dashboard;
mod description;
mod entries;
mod extract;
mod files;
mod flow_drafts;
mod flow_tools;
mod flows;
mod groups;
mod guard;
mod hooks;
mod hosts;
mod inventory_problem;
mod invitations;
mod live;
mod live_http;
mod live_messages;
mod metrics;
mod order_problem;
mod order_table;
mod orders;
mod outbox;
mod outbox_problem;
mod parking;
mod people;
mod problem;
mod release_problem;
mod releases;
mod rooms;
mod secrets;
mod session;
mod settings;

use std::net::IpAddr;
use std::num::NonZeroU32;
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
use crate::hooks::Hooks;
use crate::inventory::Inventory;
use crate::log::Log;
use crate::orders::Orders;
use crate::outbox::Outbox;
use crate::releases::Releases;
use crate::rooms::Rooms;
use crate::stop::Stop;
use crate::tally::Tally;

pub use description::openapi_json;
pub use metrics::Metrics;

/// Deliveries that one address may send in a minute, and as many at once.
const DELIVERIES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(120).expect("it is not zero");

/// What handlers work with. Clones share it and are small: each connection has one.
#[derive(Debug, Clone)]
pub struct Web(Arc<Shared>);

/// The services of the product; clones share them.
#[derive(Debug, Clone)]
pub struct Services {
    pub log: Log,
    pub accounts: Accounts,
    pub inventory: Inventory,
    pub rooms: Rooms,
    pub orders: Orders,
    pub releases: Releases,
    pub hooks: Hooks,
    pub outbox: Outbox,
    pub tally: Tally,
    pub metrics: Metrics,
}

#[derive(Debug)]
pub struct Shared {
    pub config: Arc<Config>,
    services: Services,
    pub stop: Stop,
    limits: Arc<DefaultKeyedRateLimiter<i64>>,
    /// Deliveries of other programs, by where they come from.
    deliveries: Arc<DefaultKeyedRateLimiter<IpAddr>>,
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

impl Deref for Shared {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Web {
    pub fn new(config: Config, services: Services, stop: Stop) -> Self {
        let rate = NonZeroU32::new(config.commands_per_second).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(3)));
        let deliveries = Quota::per_minute(DELIVERIES_PER_MINUTE);
        // Somebody's typing is passed on once in two seconds.
        let typing = Quota::per_minute(NonZeroU32::MIN.saturating_add(29)).allow_burst(NonZeroU32::MIN);
        Self(Arc::new(Shared {
            config: Arc::new(config),
            services,
            stop,
            limits: Arc::new(RateLimiter::keyed(quota)),
            deliveries: Arc::new(RateLimiter::keyed(deliveries)),
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
        self.limits.check_key(&person).map_err(|_| too_many(1))
    }

    /// Counts a delivery against the rate of the address that it comes from, before anything is known of its sender.
    fn count_delivery(&self, address: IpAddr) -> Result<(), problem::Problem> {
        self.deliveries.check_key(&address).map_err(|_| too_many(10))
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
        self.deliveries.retain_recent();
        self.typing.retain_recent();
    }
}

fn too_many(wait_s: u64) -> problem::Problem {
    problem::Problem::new(http::StatusCode::TOO_MANY_REQUESTS, "too_many_requests").retry_after(wait_s)
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
        .routes(routes!(people::email))
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
        .routes(routes!(flow_tools::compare_flows))
        .routes(routes!(flow_tools::dry_run))
        .routes(routes!(flow_tools::check_history))
        .routes(routes!(flow_tools::evaluate))
        .routes(routes!(flow_drafts::flow_drafts))
        .routes(routes!(flow_drafts::flow_draft, flow_drafts::save_flow_draft, flow_drafts::discard_flow_draft))
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
        .routes(routes!(releases::runs))
        .routes(routes!(releases::attempts))
        .routes(routes!(releases::roll_back))
        .routes(routes!(releases::output))
        .routes(routes!(releases::text))
        .routes(routes!(releases::artifact))
        .routes(routes!(hosts::hosts, hosts::create_host))
        .routes(routes!(hosts::host, hosts::change_host, hosts::delete_host))
        .routes(routes!(hosts::test_host))
        .routes(routes!(hosts::pin_host))
        .routes(routes!(hosts::host_groups, hosts::create_host_group))
        .routes(routes!(hosts::change_host_group, hosts::delete_host_group))
        .routes(routes!(hosts::identity))
        .routes(routes!(secrets::secrets, secrets::create_secret))
        .routes(routes!(secrets::change_secret, secrets::delete_secret))
        .routes(routes!(secrets::applications, secrets::set_applications))
        .routes(routes!(secrets::environments, secrets::set_environments))
        .routes(routes!(hooks::hooks, hooks::create_hook))
        .routes(routes!(hooks::change_hook, hooks::delete_hook))
        .routes(routes!(hooks::renew_secret))
        .routes(routes!(hooks::deliveries))
        .routes(routes!(hooks::deliver))
        .routes(routes!(settings::settings))
        .routes(routes!(settings::admin_events))
        .routes(routes!(outbox::notifications, outbox::choose_notifications))
        .routes(routes!(outbox::webhooks, outbox::create_webhook))
        .routes(routes!(outbox::change_webhook, outbox::delete_webhook))
        .routes(routes!(outbox::test_webhook))
        .routes(routes!(outbox::deliveries))
        .routes(routes!(outbox::retry_delivery))
        .routes(routes!(live_http::live))
        .routes(routes!(dashboard::dashboard))
        .routes(routes!(session::healthz))
        .routes(routes!(session::readyz))
        .routes(routes!(metrics::metrics))
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
        .layer(from_fn(metrics::measure))
        .with_state(web)
}
