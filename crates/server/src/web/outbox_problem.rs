//! What is said about refused webhooks.

use flow::Words;
use http::StatusCode;

use super::problem::{Mark, Problem};
use crate::outbox;
use crate::outgoing;

impl From<outbox::Refusal> for Problem {
    fn from(refusal: outbox::Refusal) -> Self {
        use outbox::Refusal;
        match refusal {
            Refusal::AdministratorsOnly => Problem::new(StatusCode::FORBIDDEN, "administrators_only"),
            Refusal::WebhookNotFound => Problem::new(StatusCode::NOT_FOUND, "webhook_not_found"),
            Refusal::DeliveryNotFound => Problem::new(StatusCode::NOT_FOUND, "delivery_not_found"),
            Refusal::DeliveryWaits => Problem::new(StatusCode::CONFLICT, "delivery_waits"),
            Refusal::Target(refused) => target_problem(refused),
            Refusal::Vault(failure) => failed("a secret can not be sealed or opened", &failure),
            Refusal::Client(error) => failed("requests can not be sent", &error),
            Refusal::MailServer(error) => failed("the mail server's address is wrong", &error),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

fn target_problem(refused: outgoing::Refused) -> Problem {
    let words = match refused {
        outgoing::Refused::NoAddress => {
            Words::new("请填写以 https:// 开头的地址。", "Give an address that begins with https://.")
        }
        outgoing::Refused::NotEncrypted => Words::new(
            "请使用 https;只有 --webhook-allow 列出的主机可以用 http。",
            "Use https; only hosts that --webhook-allow lists may have http.",
        ),
        outgoing::Refused::Inside => Words::new(
            "该地址在本机或内网,须由 --webhook-allow 放行。",
            "The address is on this machine or its network; --webhook-allow has to list it.",
        ),
    };
    let mark = Mark { field: "url".into(), code: "target_refused".into(), words };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").marks(vec![mark])
}

/// Something that only whoever runs the server can mend.
fn failed(what: &str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "{what}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
}

/// In English and Chinese.
pub fn title(slug: &str) -> Option<(&'static str, &'static str)> {
    Some(match slug {
        "webhook_not_found" => ("There is no such webhook.", "没有这个 Webhook。"),
        "delivery_not_found" => ("There is no such delivery.", "没有这条投递。"),
        "delivery_waits" => ("The delivery has not ended; it is tried again by itself.", "投递尚未结束,会自动重试。"),
        _ => return None,
    })
}
