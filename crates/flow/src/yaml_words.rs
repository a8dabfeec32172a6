//! What is wrong with a text, in both languages.

use serde_saphyr::Error;

use crate::words::{EachLanguage, Words};

/// The longest message in characters.
const LONGEST: usize = 500;

/// The problem in both languages. What can not be told in Chinese has the English words there, too.
pub(crate) fn words_of(error: &Error) -> EachLanguage {
    let error = error.without_snippet();
    let english = error.to_string();
    let chinese = chinese(error).unwrap_or_else(|| format!("无法读取:{english}"));
    let bounded = |text: &str| text.chars().take(LONGEST).collect::<String>();
    Words::new(bounded(&chinese), bounded(&english)).each()
}

fn chinese(error: &Error) -> Option<String> {
    Some(match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown_field(field, &expected.join("、")),
        Error::SerdeMissingField { field, .. } => missing_field(field),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown_variant(variant, &expected.join("、")),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => wrong_type(unexpected, expected),
        Error::InvalidScalar { ty, .. } => format!("类型不对:应为{}", type_name(ty)),
        Error::Unexpected { expected, .. } => format!("此处应为{}", type_name(expected)),
        Error::InvalidBooleanStrict { .. } => "应为 true 或 false".to_owned(),
        Error::NullIntoString { .. } => "此处不能为空".to_owned(),
        Error::DuplicateMappingKey { key, .. } => format!("键“{}”重复", key.as_deref().unwrap_or("?")),
        Error::Eof { .. } => "文本为空或提前结束".to_owned(),
        Error::MultipleDocuments { .. } => "只能有一个 YAML 文档".to_owned(),
        Error::UnknownAnchor { .. } => "引用了没有的锚点".to_owned(),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasExpansionLimitExceeded { .. } => {
            "文本过于复杂".to_owned()
        }
        Error::Message { msg, .. } => return of_message(msg),
        _ => return None,
    })
}

/// Messages that were made while a value was looked at again, and those of this crate.
fn of_message(message: &str) -> Option<String> {
    if let Some((node, rest)) = message.strip_prefix("node \"").and_then(|rest| rest.split_once("\": ")) {
        return of_message(rest).map(|problem| format!("节点 {node}:{problem}"));
    }
    let quoted = |text: &str| text.split('`').nth(1).map(str::to_owned);
    let expected = |text: &str| text.split_once("expected ").map_or("", |(_, expected)| expected).replace('`', "");
    for (begin, words) in
        [("unknown field ", unknown_field as fn(&str, &str) -> String), ("unknown variant ", unknown_variant)]
    {
        if let Some(rest) = message.strip_prefix(begin) {
            return Some(words(&quoted(rest)?, expected(rest).trim_start_matches("one of ")));
        }
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        return Some(missing_field(&quoted(rest)?));
    }
    if let Some((unexpected, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return Some(wrong_type(unexpected, expected));
    }
    let known = OWN.iter().find(|(english, _)| message.contains(english));
    known.map(|(_, chinese)| (*chinese).to_owned())
}

/// Messages of this crate.
const OWN: [(&str, &str); 8] = [
    ("is no offset from UTC", "不是 UTC 偏移,请写成 +08:00"),
    ("is no batch", "不是批次,请写 \"3\"、\"25%\" 或 \"rest\""),
    ("is no threshold", "不是上限,请写 \"2\" 或 \"10%\""),
    ("is no length of time", "不是时长,请写成 30s、5m、2h、3d 或 1w"),
    ("is longer than ten years", "时长超过十年"),
    ("words are text, or", "文字应为纯文本或 {zh: …, en: …};含逗号的文字要加引号"),
    ("a name, or {field: id}", "应为名称,或 {field: 字段标识}"),
    ("parallel, serial, or a list", "应为 parallel、serial,或列表,如 [\"1\", \"25%\", rest]"),
];

fn unknown_field(field: &str, expected: &str) -> String {
    format!("没有“{field}”这个键{}", possible(expected))
}

fn unknown_variant(variant: &str, expected: &str) -> String {
    format!("不认识“{variant}”{}", possible(expected))
}

fn missing_field(field: &str) -> String {
    format!("缺少“{field}”")
}

fn wrong_type(unexpected: &str, expected: &str) -> String {
    let own = OWN.iter().find(|(english, _)| expected.contains(english));
    match own {
        Some((_, chinese)) => (*chinese).to_owned(),
        None => format!("类型不对:应为{},而不是{}", type_name(expected), type_name(unexpected)),
    }
}

fn possible(expected: &str) -> String {
    match expected.is_empty() || expected.contains("there are no fields") {
        true => String::new(),
        false => format!(";可用:{}", expected.replace(", ", "、")),
    }
}

/// What a type is called; its English name where there is no other.
fn type_name(english: &str) -> String {
    let names = [
        ("string", "文字"),
        ("str", "文字"),
        ("char", "文字"),
        ("sequence", "列表"),
        ("tuple", "列表"),
        ("array", "列表"),
        ("map", "键值对"),
        ("struct", "键值对"),
        ("bool", "true 或 false"),
        ("float", "数字"),
        ("integer", "整数"),
        ("f64", "数字"),
        ("u32", "整数"),
        ("i32", "整数"),
        ("null", "空值"),
        ("unit", "空值"),
        ("scalar", "单个值"),
    ];
    let found = names.iter().find(|(name, _)| english.contains(name));
    found.map_or_else(|| format!(" {english} "), |(_, name)| (*name).to_owned())
}
