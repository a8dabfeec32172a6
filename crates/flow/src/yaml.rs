//! Flows as text.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::words::{EachLanguage, Words};
use crate::yaml_words;

/// The longest text that is read, in bytes.
pub const YAML_BYTES: usize = 1_048_576;

/// Why a text is no flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("line {line}, column {column}: {message}")]
pub struct YamlProblem {
    /// The line, from 1; 0 when it is about the whole text.
    pub line: u64,
    /// The column, from 1; 0 when it is about the whole text.
    pub column: u64,
    /// What is wrong, in English.
    pub message: String,
    /// What is wrong, in both languages.
    pub words: EachLanguage,
}

impl Definition {
    /// Reads a definition. It is not checked: [`crate::graph::Flow::new`] does that.
    pub fn from_yaml(text: &str) -> Result<Definition, YamlProblem> {
        if text.len() > YAML_BYTES {
            let words = Words::new("文本超过 1 MiB", "the text is longer than 1 MiB").each();
            return Err(YamlProblem { line: 0, column: 0, message: words.en.clone(), words });
        }
        // Only true and false are booleans: a node may be called N, No or On.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let location = error.location();
            let words = yaml_words::words_of(&error);
            YamlProblem {
                line: location.map_or(0, |location| location.line()),
                column: location.map_or(0, |location| location.column()),
                message: words.en.clone(),
                words,
            }
        })
    }

    /// Writes the definition; reading it again gives the same.
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(self).expect("a definition holds only text, numbers, lists and maps with text keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str =
        "flow: a\nname: No\nnodes:\n  - {id: start, name: {zh: 开始, en: 'on'}, kind: start}\nlinks: []\n";

    #[test]
    fn names_may_look_like_booleans() {
        let definition = Definition::from_yaml(FLOW).unwrap();
        assert_eq!(definition.name.in_language("en"), "No");
        assert_eq!(Definition::from_yaml(&definition.to_yaml()).unwrap(), definition);
    }

    #[test]
    fn a_problem_has_a_line_and_a_column() {
        let check = |text: &str, line: u64, part: &str| {
            let problem = Definition::from_yaml(text).unwrap_err();
            assert_eq!(problem.line, line, "{problem}");
            assert!(problem.column > 0 && problem.message.contains(part), "{problem}");
        };
        check(&FLOW.replace("links", "lonks"), 5, "lonks");
        check(&FLOW.replace("kind: start", "kind: dance"), 4, "dance");
        check(&FLOW.replace("kind: start", "kind: start, who: []"), 4, "who");
        check(&FLOW.replace("kind: start", "kind: wait, for: soon"), 4, "soon");
        check("flow: a\n  name: [", 2, "");
    }

    #[test]
    fn a_position_is_written_on_one_line_and_nothing_without_positions() {
        let placed = format!("{FLOW}layout:\n  start: [12, -40]\n  later: [0, 0]\n");
        let definition = Definition::from_yaml(&placed).unwrap();
        assert!(definition.to_yaml().contains("\n  start: [12, -40]\n"), "{}", definition.to_yaml());
        assert_eq!(Definition::from_yaml(&definition.to_yaml()).unwrap(), definition);
        let json = serde_json::to_value(&definition).unwrap();
        assert_eq!(json["layout"]["start"], serde_json::json!([12, -40]));
        let plain = Definition::from_yaml(FLOW).unwrap().to_yaml();
        assert!(!plain.contains("layout"), "{plain}");
        for wrong in ["[1]", "[1, 2, 3]", "[1.5, 2]", "[a, b]", "[99999999999, 0]", "{x: 1, y: 2}"] {
            let text = format!("{FLOW}layout: {{start: {wrong}}}\n");
            assert!(Definition::from_yaml(&text).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_problem_is_told_in_chinese_too() {
        let check = |text: &str, chinese: &str| {
            let problem = Definition::from_yaml(text).unwrap_err();
            assert!(problem.words.zh.contains(chinese), "{text}: {:?}", problem.words);
            assert_eq!(problem.words.en, problem.message);
        };
        let node = |keys: &str| FLOW.replace("kind: start", keys);
        check(&FLOW.replace("links", "lonks"), "没有“lonks”这个键;可用:flow、name");
        check(&FLOW.replace("links: []\n", ""), "缺少“links”");
        check(&FLOW.replace("links: []", "links: none"), "列表");
        check(&FLOW.replace("name: No", "name: {zh: 没有}"), "文字应为纯文本或");
        check(&node("kind: dance"), "不认识“dance”;可用:start、end");
        check(&node("kind: approve"), "节点 start:缺少“who”");
        check(&node("kind: start, who: [manager]"), "节点 start:没有“who”这个键");
        check(&node("kind: wait, for: soon"), "时长");
        check(&node("kind: run, script: x, idempotent: maybe"), "true 或 false");
        check(&format!("{FLOW}rules: {{loop_cap: many}}\n"), "整数");
        check(&format!("{FLOW}name: twice\n"), "重复");
        check("flow: a\n  name: [", "无法读取");
        check("", "");
    }

    #[test]
    fn wild_texts_are_refused_in_bounded_time() {
        assert!(Definition::from_yaml(&format!("name: {}", "[".repeat(100_000))).is_err());
        assert!(Definition::from_yaml(&"a".repeat(YAML_BYTES + 1)).is_err());
        let laughs = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nname: [*c, *c, *c]\n";
        assert!(Definition::from_yaml(laughs).is_err());
        assert!(Definition::from_yaml("").is_err());
    }
}
