//! Why a delivery started no order, for the administrators who read it later.

use flow::{EachLanguage, Note, Words};

use super::Refusal;
use crate::orders;

/// Why a delivery that is in order asks for nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause {
    NoPush,
    Deletion,
    Filtered,
}

impl From<Cause> for Note {
    fn from(cause: Cause) -> Self {
        let (code, zh, en) = match cause {
            Cause::NoPush => ("no_push", "不是推送", "it is no push"),
            Cause::Deletion => ("deletion", "删除了分支或标签", "a branch or a tag was deleted"),
            Cause::Filtered => ("filtered", "不满足过滤条件", "the filter does not hold"),
        };
        Note::new(code, zh, en)
    }
}

/// Why a delivery was refused. A form that does not fit says where.
pub(super) fn refused(refusal: &Refusal) -> Note {
    let english = refusal.to_string();
    let (code, chinese) = match refusal {
        Refusal::Order(orders::Refusal::Flow(inner)) => match &**inner {
            flow::Refusal::Form { problems } => {
                let EachLanguage { zh, en } = each(problems.iter().map(|problem| (&*problem.path, &problem.words)));
                return Note::new("form", zh, en);
            }
            inner => ("flow", format!("流程不允许：{inner}")),
        },
        Refusal::Order(inner) => ("order", format!("无法新建工单：{inner}")),
        Refusal::NotJson(said) => ("not_json", format!("正文不是 JSON：{said}")),
        Refusal::AccountClosed => ("account_closed", "触发器使用的账号已停用，或者是访客".to_owned()),
        Refusal::Expression { field, problem } => {
            let field = if field.is_empty() { "filter" } else { field };
            let EachLanguage { zh, en } = each([(field, &problem.words())].into_iter());
            return Note::new("expression", zh, en);
        }
        Refusal::NoSuchField(field) => ("no_such_field", format!("流程的表单没有字段 {field}")),
        refusal @ (Refusal::HookNotFound
        | Refusal::NoDeliveryId
        | Refusal::WrongSignature
        | Refusal::WrongTime
        | Refusal::Vault(_)
        | Refusal::Account(_)
        | Refusal::Field(_)
        | Refusal::Database(_)) => ("other", format!("无法处理：{refusal}")),
    };
    Note::new(code, chinese, english).shortened()
}

/// Fields with what is wrong with them, as many as can be read.
fn each<'a>(fields: impl Iterator<Item = (&'a str, &'a Words)> + Clone) -> EachLanguage {
    const MOST: usize = 5;
    let in_language = |language, between: &str| {
        let field = |(path, words): (&str, &Words)| format!("{path}: {}", words.in_language(language));
        fields.clone().take(MOST).map(field).collect::<Vec<_>>().join(between)
    };
    EachLanguage { zh: in_language("zh", "；"), en: in_language("en", "; ") }
}
