//! Keys and values as people read them.

use serde_json::{Map, Value};

use crate::words::{EachLanguage, Words};

/// The most characters of a value that are shown.
const LONGEST: usize = 80;

/// A value in one line; nothing is what holds by default.
pub(super) fn shown(value: &Value, language: &str) -> String {
    let chinese = language.starts_with("zh");
    let text = match value {
        Value::Null if chinese => "未设置".to_owned(),
        Value::Null => "not set".to_owned(),
        value => plain(value, chinese),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > LONGEST {
        true => line.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => line,
    }
}

fn plain(value: &Value, chinese: bool) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => if chinese { "是" } else { "yes" }.to_owned(),
        Value::Bool(false) => if chinese { "否" } else { "no" }.to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(|part| plain(part, chinese)).collect();
            let separator =
                if list.iter().any(|part| part.as_object().is_some_and(|map| map.len() > 1)) { "; " } else { ", " };
            parts.join(separator)
        }
        Value::Object(map) => match in_language(map, chinese) {
            Some(text) => text.to_owned(),
            None => {
                let parts = map.iter().map(|(key, value)| format!("{key} {}", plain(value, chinese)));
                parts.collect::<Vec<_>>().join(", ")
            }
        },
    }
}

/// The text of words that are there in each language.
fn in_language(map: &Map<String, Value>, chinese: bool) -> Option<&str> {
    let (zh, en) = (map.get("zh")?.as_str()?, map.get("en")?.as_str()?);
    Some(if chinese { zh } else { en })
}

/// What people call a key; itself when it has no other name.
pub(super) fn label(key: &str) -> EachLanguage {
    let (zh, en) = match key {
        "form" => ("表单字段", "fields of the form"),
        "nodes" => ("节点", "nodes"),
        "links" => ("连线", "links"),
        "flow" => ("标识", "name in addresses"),
        "name" => ("名称", "name"),
        "description" => ("说明", "description"),
        "title" => ("工单标题", "title of orders"),
        "kind" => ("类型", "kind"),
        "who" => ("人员", "people"),
        "rule" => ("表决方式", "rule of votes"),
        "own" => ("允许审批自己的工单", "own orders allowed"),
        "nobody" => ("找不到人时", "when nobody is found"),
        "fields" => ("字段权限", "access to fields"),
        "timeouts" => ("超时", "timeouts"),
        "return_to" => ("可退回到", "returns to"),
        "for" => ("时长", "duration"),
        "until" => ("等到", "until"),
        "from" => ("起点", "beginning"),
        "to" => ("目标", "target"),
        "when" => ("条件", "condition"),
        "otherwise" => ("其他情况", "otherwise"),
        "on" => ("场合", "on"),
        "text" => ("文字", "text"),
        "script" => ("脚本", "script"),
        "batches" => ("分批", "batches"),
        "failures" => ("容许失败", "failures allowed"),
        "pause" => ("批间停顿", "pause between batches"),
        "health" => ("健康检查", "health check"),
        "timeout" => ("时限", "time limit"),
        "idempotent" => ("可重复执行", "can run twice"),
        "parameters" => ("参数", "parameters"),
        "secrets" => ("密钥", "secrets"),
        "application" => ("应用", "application"),
        "environment" => ("环境", "environment"),
        "releasers" => ("发布负责人", "releasers"),
        "lock" => ("发布锁", "lock"),
        "artifacts" => ("产物", "artifacts"),
        "label" => ("名称", "label"),
        "type" => ("类型", "type"),
        "help" => ("提示", "help"),
        "required" => ("必填", "required"),
        "min" => ("下限", "lower limit"),
        "max" => ("上限", "upper limit"),
        "whole" => ("整数", "whole numbers"),
        "time" => ("带时间", "with a time"),
        "options" => ("选项", "options"),
        "columns" => ("列", "columns"),
        "shown_if" => ("显示条件", "shown if"),
        "same_person_twice" => ("同一人连续审批", "the same person twice"),
        "withdraw" => ("撤回", "withdrawal"),
        "resubmit" => ("退回后重新提交", "way after a return"),
        "loop_cap" => ("循环上限", "limit of loops"),
        "utc_offset" => ("时区", "offset from UTC"),
        key => (key, key),
    };
    Words::new(zh, en).each()
}
