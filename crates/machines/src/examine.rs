use russh_sftp::client::SftpSession;
use tokio::time::timeout;

use crate::control::{Control, Line};
use crate::exec::Piece;
use crate::request::Request;
use crate::ssh::{self, Connection, RemoteProcess};
use crate::{ConnectError, HostKey, RemoteTarget, RunError};

/// What a test of the connection found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// In this order: `resolve`, `connect`, `host_key`, `sign_in`, `tools`, `folder`, `disk`, `sftp`; up to and with the
    /// first that failed.
    pub steps: Vec<Step>,
    /// The key that the host showed, also when it is not the confirmed one.
    pub found_key: Option<HostKey>,
}

impl Examination {
    pub fn succeeded(&self) -> bool {
        self.steps.iter().all(|step| step.ok)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    pub ok: bool,
    /// Why it failed, as [`ConnectError::code`] and [`RunError::code`] say it.
    pub code: Option<&'static str>,
    pub note: String,
}

/// Tests the connection to a host step by step. Starts nothing there, and sends nothing to a host whose key is not the
/// confirmed one.
pub async fn examine(target: &RemoteTarget) -> Examination {
    let mut examination = Examination { steps: Vec::new(), found_key: None };
    // How far it came is in the steps; the failure that ended it, too.
    let _ = examination.go_through(target).await;
    examination
}

/// The examination ends here; why stands in its last step.
struct Stop;

impl Examination {
    async fn go_through(&mut self, target: &RemoteTarget) -> Result<(), Stop> {
        let patience = target.timeouts.connect;
        let addresses = timeout(patience, ssh::resolve(target)).await.unwrap_or(Err(ConnectError::TimedOut));
        let addresses = self.connect_step("resolve", addresses)?;
        let stream = timeout(patience, ssh::connect(&addresses)).await.unwrap_or(Err(ConnectError::TimedOut));
        let stream = self.connect_step("connect", stream)?;

        let met = timeout(patience, Connection::meet(target, stream)).await.unwrap_or(Err(ConnectError::TimedOut));
        self.found_key = match &met {
            Ok(_) => target.host_key.clone(),
            Err(ConnectError::HostKeyUnknown { found } | ConnectError::HostKeyChanged { found }) => Some(found.clone()),
            Err(_) => None,
        };
        let mut connection = self.connect_step("host_key", met)?;
        let signed_in = timeout(patience, connection.sign_in(target)).await.unwrap_or(Err(ConnectError::TimedOut));
        self.connect_step("sign_in", signed_in)?;

        let patience = target.timeouts.answer;
        let checked = timeout(patience, check(&connection)).await.unwrap_or_else(|_| Err(no_answer()));
        self.check_steps(checked)?;
        let sftp = timeout(patience, try_sftp(&connection)).await.unwrap_or_else(|_| Err(no_answer()));
        let sftp = self.step("sftp", sftp.map_err(|error| (error.code(), error.to_string())));
        connection.disconnect().await;
        sftp
    }

    fn connect_step<T>(&mut self, name: &'static str, result: Result<T, ConnectError>) -> Result<T, Stop> {
        self.step(name, result.map_err(|error| (error.code(), error.to_string())))
    }

    fn step<T>(&mut self, name: &'static str, result: Result<T, (&'static str, String)>) -> Result<T, Stop> {
        let (result, code, note) = match result {
            Ok(value) => (Ok(value), None, String::new()),
            Err((code, note)) => (Err(Stop), Some(code), note),
        };
        self.steps.push(Step { name, ok: code.is_none(), code, note });
        result
    }

    /// The wrapper checks three things in one go, in this order, and says the first that fails.
    fn check_steps(&mut self, checked: Result<(), RunError>) -> Result<(), Stop> {
        let names = ["tools", "folder", "disk"];
        let failed = match &checked {
            Ok(()) => names.len(),
            Err(RunError::Disk(note)) if note.to_lowercase().contains("no space left") => 2,
            Err(RunError::Disk(_)) => 1,
            Err(_) => 0,
        };
        for name in &names[..failed] {
            self.step(name, Ok(()))?;
        }
        match checked {
            Ok(()) => Ok(()),
            Err(error) => self.step(names[failed], Err((error.code(), error.to_string()))),
        }
    }
}

async fn check(connection: &Connection) -> Result<(), RunError> {
    let mut process: RemoteProcess = connection.run(Request::new(&["check"], b"")).await?;
    let mut control = Control::default();
    while let Some(piece) = process.next().await {
        if let Piece::Control(bytes) = piece {
            control.push(&bytes);
            match control.next()? {
                Some(Line::Done) => return Ok(()),
                Some(Line::No(error)) => return Err(error),
                Some(line) => return Err(RunError::Protocol(format!("{line:?}"))),
                None => {}
            }
        }
    }
    Err(RunError::Refused("the user's shell does not run commands".into()))
}

async fn try_sftp(connection: &Connection) -> Result<(), RunError> {
    let channel = connection.subsystem("sftp").await?;
    let failed = |error: russh_sftp::client::error::Error| RunError::Refused(format!("sftp: {error}"));
    let sftp = SftpSession::new(channel.into_stream()).await.map_err(failed)?;
    sftp.canonicalize(".").await.map_err(failed)?;
    Ok(())
}

fn no_answer() -> RunError {
    crate::machine::no_answer()
}
