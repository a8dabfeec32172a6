//! The same wrapper as a process of this machine.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::process::Stdio;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::exec::Piece;
use crate::request::Request;
use crate::wrapper::{RUN_ARGUMENT, WRAPPER};
use crate::{ConnectError, LocalTarget, RunError};

const READ: usize = 32 * 1024;

/// Makes the folder, and gives it to the user of the scripts.
pub(crate) fn prepare(target: &LocalTarget) -> Result<(), ConnectError> {
    let folder = &target.folder;
    let failed = |error: std::io::Error| ConnectError::Local(format!("{}: {error}", folder.display()));
    if !folder.is_absolute() {
        return Err(ConnectError::Local(format!("{} is not an absolute path", folder.display())));
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let owner = std::fs::metadata(folder).map_err(failed)?;
    match target.user {
        Some(user) if (owner.uid(), owner.gid()) != (user.uid, user.gid) => {
            std::os::unix::fs::chown(folder, Some(user.uid), Some(user.gid)).map_err(failed)
        }
        _ => Ok(()),
    }
}

pub(crate) struct LocalProcess {
    child: Child,
    output: Option<ChildStdout>,
    control: Option<ChildStderr>,
    buffers: [BytesMut; 2],
}

impl LocalProcess {
    pub(crate) async fn run(target: &LocalTarget, request: Request) -> Result<Self, RunError> {
        Self::run_with(target, request, &mut tokio::io::empty()).await
    }

    /// `more` follows the request.
    pub(crate) async fn run_with(
        target: &LocalTarget,
        request: Request,
        more: &mut (impl AsyncRead + Unpin),
    ) -> Result<Self, RunError> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", RUN_ARGUMENT, "countersign", WRAPPER]);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.env("HOME", &target.folder).current_dir(&target.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A signal to our own group (Ctrl-C) is not for it.
        command.process_group(0);
        if let Some(user) = target.user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut child =
            command.spawn().map_err(|error| RunError::Refused(format!("no process can be started: {error}")))?;
        if let Some(mut input) = child.stdin.take() {
            // When the wrapper stops reading, it has said why, and its words are read next.
            if input.write_all(&request.bytes).await.is_ok() {
                let _ = tokio::io::copy(more, &mut input).await;
            }
        }
        let (output, control) = (child.stdout.take(), child.stderr.take());
        Ok(Self { child, output, control, buffers: [BytesMut::new(), BytesMut::new()] })
    }

    /// Cancel-safe: what was read is in a buffer that stays.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, RunError> {
        loop {
            let [output, control] = &mut self.buffers;
            output.reserve(READ);
            control.reserve(READ);
            let failed = |error: std::io::Error| RunError::Lost(error.to_string());
            tokio::select! {
                read = read(&mut self.output, output), if self.output.is_some() => {
                    if read.map_err(failed)? > 0 {
                        return Ok(Some(Piece::Output(output.split().freeze())));
                    }
                    self.output = None;
                }
                read = read(&mut self.control, control), if self.control.is_some() => {
                    if read.map_err(failed)? > 0 {
                        return Ok(Some(Piece::Control(control.split().freeze())));
                    }
                    self.control = None;
                }
                else => {
                    let _ = self.child.wait().await;
                    return Ok(None);
                }
            }
        }
    }
}

async fn read(stream: &mut Option<impl AsyncReadExt + Unpin>, buffer: &mut BytesMut) -> std::io::Result<usize> {
    match stream {
        Some(stream) => {
            let mut limited = bytes::BufMut::limit(buffer, READ);
            stream.read_buf(&mut limited).await
        }
        None => Ok(0),
    }
}
