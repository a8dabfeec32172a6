//! Why a message was not delivered: a code for programs, and words in both languages.

use flow::Note;

use crate::outgoing::Refused;

#[derive(Debug)]
pub(super) enum Cause {
    /// The message is neither for a webhook nor for a person.
    ForNobody,
    SendsNoMail,
    NobodyToWriteTo,
    NoAddress,
    NewerVersion,
    SlowMailServer,
    SwitchedOff,
    NoSecret,
    Redirect,
    ErrorAnswer,
    NoSender,
    Target(Refused),
    /// What the network, the mail server or the database said.
    Failed(String),
}

/// Characters that are kept of what was said.
const LONGEST: usize = 300;

impl Cause {
    pub fn said(error: impl std::fmt::Display) -> Self {
        Cause::Failed(error.to_string().chars().take(LONGEST).collect())
    }
}

impl From<Cause> for Note {
    fn from(cause: Cause) -> Self {
        let (code, zh, en) = match cause {
            Cause::ForNobody => ("for_nobody", "消息没有收件人", "the message is for nobody"),
            Cause::SendsNoMail => ("sends_no_mail", "本服务器不发送邮件", "this server sends no mail"),
            Cause::NobodyToWriteTo => ("nobody_to_write_to", "收件人已不存在", "there is nobody to write to any more"),
            Cause::NoAddress => ("no_address", "邮箱地址无效", "the address is none"),
            Cause::NewerVersion => {
                ("newer_version", "消息由更新版本的服务器写入", "a newer version of this server wrote the message")
            }
            Cause::SlowMailServer => ("slow_mail_server", "邮件服务器响应太慢", "the mail server is too slow"),
            Cause::SwitchedOff => ("switched_off", "Webhook 已停用", "the webhook was switched off"),
            Cause::NoSecret => ("no_secret", "Webhook 没有可用的签名密钥", "the webhook has no usable secret"),
            Cause::Redirect => ("redirect", "不跟随重定向", "redirects are not followed"),
            Cause::ErrorAnswer => ("error_answer", "对方返回了错误", "the answer is an error"),
            Cause::NoSender => ("no_sender", "没有服务器负责发送", "no server sends this"),
            Cause::Target(refused) => return Note::new(target(refused).0, target(refused).1, refused.to_string()),
            Cause::Failed(said) => return Note::new("failed", format!("发送失败：{said}"), said),
        };
        Note::new(code, zh, en)
    }
}

fn target(refused: Refused) -> (&'static str, &'static str) {
    match refused {
        Refused::NoAddress => ("no_address", "这不是带主机名的 http 或 https 地址"),
        Refused::NotEncrypted => ("not_encrypted", "地址未加密，且主机不在 --webhook-allow 中"),
        Refused::Inside => ("inside", "地址在本机或内网，且不在 --webhook-allow 中"),
    }
}
