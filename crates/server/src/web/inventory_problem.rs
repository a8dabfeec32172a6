//! What is said about refused hosts, secrets and hooks.

use flow::Words;
use http::StatusCode;

use super::problem::{Mark, Problem};
use crate::hooks;
use crate::inventory::Refusal;
use crate::vault::Failure;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let new = Problem::new;
        match refusal {
            Refusal::HostNotFound | Refusal::NoSuchHost { .. } => new(StatusCode::NOT_FOUND, "host_not_found"),
            Refusal::NoSuchGroup { group } => new(StatusCode::NOT_FOUND, "host_group_not_found").detail(group),
            Refusal::GroupEmpty { group } => new(StatusCode::CONFLICT, "host_group_empty").detail(group),
            Refusal::LocalRunnerOff => new(StatusCode::CONFLICT, "local_runner_off"),
            Refusal::NotPermitted => new(StatusCode::FORBIDDEN, "not_permitted"),
            Refusal::NoHostKey { note } => new(StatusCode::CONFLICT, "no_host_key").detail(note),
            Refusal::OtherHostKey { found } => new(StatusCode::CONFLICT, "other_host_key").detail(found),
            Refusal::SecretNotFound { name } => new(StatusCode::NOT_FOUND, "secret_not_found").detail(name),
            Refusal::SecretNotGranted { name, application, environment } => {
                new(StatusCode::FORBIDDEN, "secret_not_granted").detail(format!("{name}: {application}/{environment}"))
            }
            Refusal::Vault(failure) => failure.into(),
            Refusal::Identity(error) => {
                tracing::error!(%error, "the key pair of this site can not be used");
                new(StatusCode::INTERNAL_SERVER_ERROR, "vault_failed")
            }
            Refusal::Account(refusal) => refusal.into(),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

impl From<hooks::Refusal> for Problem {
    fn from(refusal: hooks::Refusal) -> Self {
        use hooks::Refusal;
        let new = Problem::new;
        match refusal {
            Refusal::HookNotFound => new(StatusCode::NOT_FOUND, "hook_not_found"),
            Refusal::NoDeliveryId => new(StatusCode::BAD_REQUEST, "no_delivery_id"),
            Refusal::WrongSignature => new(StatusCode::UNAUTHORIZED, "wrong_signature"),
            Refusal::WrongTime => new(StatusCode::UNAUTHORIZED, "wrong_time"),
            Refusal::NotJson(error) => {
                new(StatusCode::BAD_REQUEST, "malformed_json").detail(error.chars().take(300).collect::<String>())
            }
            Refusal::AccountClosed => new(StatusCode::CONFLICT, "hook_account_closed"),
            Refusal::Expression { field, problem } => {
                let field = if field.is_empty() { "filter".to_owned() } else { format!("fields.{field}") };
                let mark = Mark { field, code: "expression".into(), words: problem.words() };
                new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").marks(vec![mark])
            }
            Refusal::NoSuchField(field) => {
                let words = Words::new("流程的表单没有这个字段。", "The form of the flow has no such field.");
                let mark = Mark { field: format!("fields.{field}"), code: "unknown".into(), words };
                new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").marks(vec![mark])
            }
            Refusal::Order(refusal) => refusal.into(),
            Refusal::Vault(failure) => failure.into(),
            Refusal::Account(refusal) => refusal.into(),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::File { .. }
            | Failure::NoKey(_)
            | Failure::Missing(_)
            | Failure::WrongKey(_)
            | Failure::Damaged(_) => {
                tracing::error!(%failure, "the vault failed");
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "vault_failed")
            }
        }
    }
}

/// In English and Chinese.
pub fn title(slug: &str) -> Option<(&'static str, &'static str)> {
    Some(match slug {
        "host_not_found" => ("There is no such host.", "没有这台主机。"),
        "host_group_not_found" => ("There is no such group of hosts.", "没有这个主机组。"),
        "host_group_empty" => ("No host is in this group.", "这个主机组里没有主机。"),
        "local_runner_off" => (
            "Scripts may not run on the server's own machine. Start it with --local-runner to allow it.",
            "服务器未允许在本机执行脚本;如需允许,请用 --local-runner 启动。",
        ),
        "no_host_key" => ("The host showed no key.", "主机没有出示密钥。"),
        "other_host_key" => {
            ("The host shows another key now. Please compare it again.", "主机现在出示的是另一把密钥,请重新核对。")
        }
        "secret_not_found" => ("There is no such secret.", "没有这个密钥变量。"),
        "secret_not_granted" => {
            ("The secret is not given to this application and environment.", "该密钥变量未授权给这个应用和环境。")
        }
        "vault_failed" => {
            ("The server can not open its secrets. See its log.", "服务器无法打开保密数据,请查看服务器日志。")
        }
        "hook_not_found" => ("There is no such hook.", "没有这个入站钩子。"),
        "no_delivery_id" => ("The delivery carries no id.", "投递缺少编号。"),
        "wrong_signature" => ("The signature is wrong.", "签名不正确。"),
        "wrong_time" => {
            ("The delivery was signed more than five minutes ago, or ahead.", "投递的签名时间与服务器相差超过五分钟。")
        }
        "hook_account_closed" => {
            ("The account that the hook acts as is closed, or a guest.", "钩子使用的账号已停用,或是访客。")
        }
        _ => return None,
    })
}
