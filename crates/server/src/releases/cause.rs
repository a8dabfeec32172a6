//! Why an attempt or a host ended as it did: a code for programs, and words in both languages. What a machine or the
//! system said stands in them as it was said.

use flow::Note;
use machines::{ConnectError, RunError};

use crate::inventory;

/// Everything that this server says of itself about the end of a run.
#[derive(Debug)]
pub(super) enum Cause {
    OtherScript,
    Locked { order: i64 },
    TakenFrom { order: i64 },
    NoHost,
    HostsFailed { failed: usize, hosts: usize },
    ExitStatus { exit: i64 },
    LeftGroup,
    OtherServer,
    NeverBegan,
    Vanished,
    TimeLimit { seconds: u64 },
    Unstoppable,
    Signal { signal: i32 },
    HealthSlow,
    HealthFailed { exit: i32 },
    Artifacts { error: String },
    Stopped,
    Unverified,
    Connection(ConnectError),
    Run(RunError),
    Inventory(inventory::Refusal),
    Other { error: String },
}

impl From<Cause> for Note {
    fn from(cause: Cause) -> Self {
        let said = |code, zh: &str, en: &str| Note::new(code, zh, en);
        match cause {
            Cause::OtherScript => {
                let english = "the script is not the one that the order was submitted with";
                said("other_script", "脚本与提交工单时的不同", english)
            }
            Cause::Locked { order } => Note::new(
                "locked",
                format!("工单 #{order} 正在发布到同一环境"),
                format!("order #{order} releases to the same environment"),
            ),
            Cause::TakenFrom { order } => {
                Note::new("taken_from", format!("沿用工单 #{order} 的产物"), format!("taken from order #{order}"))
            }
            Cause::NoHost => said("no_host", "没有可以执行的主机", "no host is left to run on"),
            Cause::HostsFailed { failed, hosts } => Note::new(
                "hosts_failed",
                format!("{hosts} 台主机中 {failed} 台失败"),
                format!("{failed} of {hosts} hosts failed"),
            ),
            Cause::ExitStatus { exit } => {
                Note::new("exit_status", format!("退出码 {exit}"), format!("exit status {exit}"))
            }
            Cause::LeftGroup => said("left_group", "主机已不在主机组里", "the host is not in its group any more"),
            Cause::OtherServer => {
                said("other_server", "脚本在另一台服务器上执行过", "it ran on the machine of another server")
            }
            Cause::NeverBegan => {
                said("never_began", "脚本开始之前服务器停止了", "the server ended before the script began")
            }
            Cause::Vanished => {
                let english = "the host was restarted, or the script was ended there";
                said("vanished", "主机重启过，或者脚本在主机上被结束", english)
            }
            Cause::TimeLimit { seconds } => Note::new(
                "time_limit",
                format!("超过时限 {seconds} 秒"),
                format!("it took longer than its time limit of {seconds} s"),
            ),
            Cause::Unstoppable => {
                let english = "it took longer than its time limit and could not be stopped";
                said("unstoppable", "超过时限，而且无法停止", english)
            }
            Cause::Signal { signal } => {
                Note::new("signal", format!("被信号 {signal} 结束"), format!("ended by signal {signal}"))
            }
            Cause::HealthSlow => said("health_slow", "健康检查超时", "health check: no answer in time"),
            Cause::HealthFailed { exit } => Note::new(
                "health_failed",
                format!("健康检查失败，退出码 {exit}"),
                format!("health check: exit status {exit}"),
            ),
            Cause::Artifacts { error } => {
                Note::new("artifacts", format!("构建产物：{error}"), format!("artifacts: {error}"))
            }
            Cause::Stopped => said("stopped", "已停止", "stopped"),
            Cause::Unverified => {
                let english = "nobody knows whether the script here is gone";
                said("unverified", "无法确认本机上的脚本是否已结束", english)
            }
            Cause::Connection(error) => Note::new(error.code(), connection(&error), error.to_string()),
            Cause::Run(error) => run(&error),
            Cause::Inventory(refusal) => inventory(&refusal),
            Cause::Other { error } => Note::new("other", format!("无法执行：{error}"), error),
        }
    }
}

fn connection(error: &ConnectError) -> String {
    match error {
        ConnectError::Resolve(name) => format!("无法解析主机名 {name}"),
        ConnectError::Refused => "主机拒绝此端口上的连接".into(),
        ConnectError::TimedOut => "主机没有及时响应".into(),
        ConnectError::Unreachable(said) => format!("连不上主机：{said}"),
        ConnectError::HostKeyUnknown { found } => format!("主机密钥 {} 还没有人确认", found.fingerprint()),
        ConnectError::HostKeyChanged { found } => format!("主机密钥 {} 与确认过的不同", found.fingerprint()),
        ConnectError::UserRejected => "主机不接受该用户和密钥".into(),
        ConnectError::Protocol(said) => format!("主机的 SSH 应答异常：{said}"),
        ConnectError::Local(said) => format!("本机无法执行脚本：{said}"),
    }
}

fn run(error: &RunError) -> Note {
    let chinese = match error {
        RunError::Connect(error) => connection(error),
        RunError::Lost(said) => format!("连接中断：{said}"),
        RunError::Stale { .. } => "另一台服务器接管了这次执行".into(),
        RunError::Busy { run } => format!("{run} 还在同一目录里执行"),
        RunError::Disk(said) => format!("主机无法写入：{said}"),
        RunError::Tools(tool) => format!("主机缺少程序：{tool}"),
        RunError::Refused(said) => format!("主机拒绝执行：{said}"),
        RunError::Unknown => "主机上已没有这次执行的记录".into(),
        RunError::Artifact(said) => format!("构建产物：{said}"),
        RunError::Protocol(said) => format!("主机的应答异常：{said}"),
    };
    Note::new(error.code(), chinese, error.to_string())
}

fn inventory(refusal: &inventory::Refusal) -> Note {
    use inventory::Refusal;
    let (code, chinese) = match refusal {
        Refusal::NoSuchHost { host } => ("no_such_host", format!("没有主机 {host}")),
        Refusal::NoSuchGroup { group } => ("no_such_group", format!("没有主机组 {group}")),
        Refusal::GroupEmpty { group } => ("group_empty", format!("主机组 {group} 里没有主机")),
        Refusal::LocalRunnerOff => {
            ("local_runner_off", "本机不允许执行脚本：服务器启动时没有加 --local-runner".to_owned())
        }
        Refusal::SecretNotFound { name } => ("secret_not_found", format!("没有机密 {name}")),
        Refusal::SecretNotGranted { name, application, environment } => {
            ("secret_not_granted", format!("{application} 在 {environment} 中无权使用机密 {name}"))
        }
        refusal @ (Refusal::HostNotFound
        | Refusal::NotPermitted
        | Refusal::NoHostKey { .. }
        | Refusal::OtherHostKey { .. }
        | Refusal::Vault(_)
        | Refusal::Identity(_)
        | Refusal::Account(_)
        | Refusal::Field(_)
        | Refusal::Database(_)) => ("inventory", format!("无法取得主机或机密：{refusal}")),
    };
    Note::new(code, chinese, refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_has_a_code_and_keeps_what_was_said_in_both_languages() {
        let said = "write error: No space left on device";
        let note = Note::from(Cause::Run(RunError::Disk(said.into())));
        assert_eq!(note.code(), Some("disk"));
        let each = note.each();
        assert!(each.zh.starts_with("主机无法写入") && each.zh.ends_with(said), "{each:?}");
        assert!(each.en.ends_with(said), "{each:?}");
    }

    #[test]
    fn every_cause_speaks_two_languages() {
        let causes = [
            Cause::NoHost,
            Cause::TimeLimit { seconds: 30 },
            Cause::Connection(ConnectError::Refused),
            Cause::Inventory(inventory::Refusal::LocalRunnerOff),
            Cause::Other { error: "x".into() },
        ];
        for cause in causes {
            let each = Note::from(cause).each();
            assert_ne!(each.zh, each.en);
        }
    }
}
