//! What mails say, in both languages. They name what happened and where to look, and hold nothing that is secret or
//! that could be taken back later: a mail can not.

use flow::{EachLanguage, Words};
use serde::{Deserialize, Serialize};

use super::Notice;
use crate::accounts::Language;

/// What something is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Title {
    zh: String,
    en: String,
}

impl Title {
    fn words(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

impl From<&EachLanguage> for Title {
    fn from(words: &EachLanguage) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}

impl From<&Words> for Title {
    fn from(words: &Words) -> Self {
        Self { zh: words.in_language("zh").to_owned(), en: words.in_language("en").to_owned() }
    }
}

/// An order, as a mail names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderLine {
    pub id: i64,
    pub number: i64,
    pub title: Title,
}

impl OrderLine {
    fn words(&self, language: Language) -> String {
        format!("#{} {}", self.number, self.title.words(language))
    }
}

/// A mail before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    TaskGiven { order: OrderLine, by: Option<String> },
    OrderEnded { order: OrderLine, status: String },
    Mentioned { room: i64, name: String, seq: i64, by: String },
    ReleaseEnded { order: OrderLine, node: Title },
    ReleaseFailed { order: OrderLine, node: Title, state: String },
}

impl Letter {
    pub fn notice(&self) -> Notice {
        match self {
            Letter::TaskGiven { .. } => Notice::TaskGiven,
            Letter::OrderEnded { .. } => Notice::OrderEnded,
            Letter::Mentioned { .. } => Notice::Mentioned,
            Letter::ReleaseEnded { .. } => Notice::ReleaseEnded,
            Letter::ReleaseFailed { .. } => Notice::ReleaseFailed,
        }
    }

    /// The page that it leads to, below the address of the site.
    pub fn path(&self) -> String {
        match self {
            Letter::Mentioned { room, seq, .. } => format!("/rooms/{room}?at={seq}"),
            Letter::TaskGiven { order, .. }
            | Letter::OrderEnded { order, .. }
            | Letter::ReleaseEnded { order, .. }
            | Letter::ReleaseFailed { order, .. } => format!("/orders/{}", order.id),
        }
    }

    /// One line.
    pub fn subject(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        match self {
            Letter::TaskGiven { order, .. } if chinese => format!("待你处理:{}", order.words(language)),
            Letter::TaskGiven { order, .. } => format!("Waiting for you: {}", order.words(language)),
            Letter::OrderEnded { order, status } if chinese => {
                format!("{}:{}", status_words(status, language), order.words(language))
            }
            Letter::OrderEnded { order, status } => {
                format!("{}: {}", status_words(status, language), order.words(language))
            }
            Letter::Mentioned { by, .. } if chinese => format!("{by} 提到了你"),
            Letter::Mentioned { by, .. } => format!("{by} mentioned you"),
            Letter::ReleaseEnded { order, .. } if chinese => format!("发布成功:{}", order.words(language)),
            Letter::ReleaseEnded { order, .. } => format!("Released: {}", order.words(language)),
            Letter::ReleaseFailed { order, .. } if chinese => format!("发布失败:{}", order.words(language)),
            Letter::ReleaseFailed { order, .. } => format!("Release failed: {}", order.words(language)),
        }
    }

    /// What it says before the link.
    pub fn text(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        match self {
            Letter::TaskGiven { order, by } => {
                let order = order.words(language);
                match by {
                    Some(by) if chinese => format!("工单 {order} 正在等你处理(来自 {by})。"),
                    Some(by) => format!("The order {order} waits for your decision, after a move of {by}."),
                    None if chinese => format!("工单 {order} 正在等你处理。"),
                    None => format!("The order {order} waits for your decision."),
                }
            }
            Letter::OrderEnded { order, status } => {
                let (order, status) = (order.words(language), status_words(status, language));
                if chinese {
                    format!("你的工单 {order} 已结束:{status}。")
                } else {
                    format!("Your order {order} has ended: {status}.")
                }
            }
            // A conversation of two has no name.
            Letter::Mentioned { name, by, .. } if name.is_empty() => {
                if chinese {
                    format!("{by} 在一条消息中提到了你。")
                } else {
                    format!("{by} mentioned you in a message.")
                }
            }
            Letter::Mentioned { name, by, .. } if chinese => format!("{by} 在群“{name}”的一条消息中提到了你。"),
            Letter::Mentioned { name, by, .. } => format!("{by} mentioned you in a message in the room {name}."),
            Letter::ReleaseEnded { order, node } => {
                let (order, node) = (order.words(language), node.words(language));
                if chinese {
                    format!("工单 {order} 的“{node}”已成功执行。")
                } else {
                    format!("“{node}” of the order {order} has run well.")
                }
            }
            Letter::ReleaseFailed { order, node, state } => {
                let (order, node) = (order.words(language), node.words(language));
                let state = state_words(state, language);
                if chinese {
                    format!("工单 {order} 的“{node}”{state},请查看输出。")
                } else {
                    format!("“{node}” of the order {order} {state}. Please look at its output.")
                }
            }
        }
    }
}

/// How an order ended.
fn status_words(status: &str, language: Language) -> &'static str {
    let (chinese, english) = match status {
        "approved" => ("已通过", "approved"),
        "done" => ("已完成", "done"),
        "rejected" => ("未通过", "rejected"),
        "withdrawn" => ("已撤回", "withdrawn"),
        _ => ("已关闭", "closed"),
    };
    if language == Language::Chinese { chinese } else { english }
}

/// How a run ended that did not end well.
fn state_words(state: &str, language: Language) -> &'static str {
    let (chinese, english) = match state {
        "partly" => ("部分失败", "has failed in part"),
        "interrupted" => ("被中断", "was interrupted"),
        _ => ("执行失败", "has failed"),
    };
    if language == Language::Chinese { chinese } else { english }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_speaks_both_languages_and_leads_somewhere() {
        let title = Title::from(&EachLanguage { zh: "发布".into(), en: "Release".into() });
        let (order, node) = (OrderLine { id: 7, number: 1001, title: title.clone() }, title);
        let letters = [
            Letter::TaskGiven { order: order.clone(), by: Some("Ann".into()) },
            Letter::OrderEnded { order: order.clone(), status: "approved".into() },
            Letter::Mentioned { room: 3, name: "Lobby".into(), seq: 9, by: "Ann".into() },
            Letter::ReleaseEnded { order: order.clone(), node: node.clone() },
            Letter::ReleaseFailed { order, node, state: "failed".into() },
        ];
        for letter in letters {
            for part in [Letter::subject, Letter::text] {
                assert_ne!(part(&letter, Language::Chinese), part(&letter, Language::English));
            }
            assert!(letter.path().starts_with('/'));
            let kept = serde_json::to_string(&letter).unwrap();
            assert_eq!(serde_json::from_str::<Letter>(&kept).unwrap(), letter);
        }
    }
}
