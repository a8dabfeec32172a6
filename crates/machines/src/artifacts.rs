//! Files to a machine and back. On the way there they stand under another name until their sums are verified.

use std::path::{Path, PathBuf};

use russh_sftp::client::SftpSession;
use russh_sftp::protocol::OpenFlags;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::control::{Control, Line};
use crate::exec::Piece;
use crate::local::LocalProcess;
use crate::machine::{Machine, run_request, unexpected};
use crate::names::is_plain_name;
use crate::request::Request;
use crate::wrapper::GREETING;
use crate::{ArtifactFile, Collected, LocalTarget, Place, RunError, RunId, Target};

const CHUNK: usize = 256 * 1024;
const MAX_FILES: usize = 1000;

impl Machine {
    /// Brings the files of a release to `$HOME/countersign/<place>/artifacts/<release>` and answers with that folder's
    /// absolute path. They appear there all at once, and only if what arrived has the right sums. When the same files
    /// stand there already, nothing is sent. A folder travels as one tar and is unpacked there. The last twenty releases of
    /// a place stay there, and those that were sent or asked for within a month.
    pub async fn send_artifacts(
        &self,
        place: &Place,
        release: &str,
        files: &[ArtifactFile],
    ) -> Result<String, RunError> {
        check(release, files)?;
        let sums: String = files.iter().map(|file| format!("{}  {}\n", file.sha256, travelling_name(file))).collect();
        let prepare = Request::new(&["prepare", place.as_str(), release], sums.as_bytes());
        let part = match self.ask(prepare).await? {
            Line::Have(folder) => return Ok(folder),
            Line::Send(part) => part,
            line => return Err(unexpected(&line)),
        };
        let part_name = part.rsplit('/').next().unwrap_or_default();
        match self.target() {
            Target::Local(local) => send_here(local, place, part_name, files).await?,
            Target::Remote(_) => self.send_over_sftp(&part, files).await?,
        }
        let place_them = Request::new(&["place", place.as_str(), release, part_name], sums.as_bytes());
        match self.ask_long(place_them).await? {
            Line::Placed(folder) => Ok(folder),
            line => Err(unexpected(&line)),
        }
    }

    async fn send_over_sftp(&self, part: &str, files: &[ArtifactFile]) -> Result<(), RunError> {
        let lease = self.lease().await?;
        let channel = lease.connection.subsystem("sftp").await?;
        let sftp = SftpSession::new(channel.into_stream()).await.map_err(sftp_error)?;
        sftp.set_timeout(30);
        for file in files {
            let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
            let path = format!("{part}/{}", travelling_name(file));
            let mut there = sftp.open_with_flags(path, flags).await.map_err(sftp_error)?;
            let mut here = open(&file.path).await?;
            let mut chunk = vec![0; CHUNK];
            loop {
                let length = here.read(&mut chunk).await.map_err(|error| unreadable(&file.path, &error))?;
                if length == 0 {
                    break;
                }
                there.write_all(&chunk[..length]).await.map_err(|error| RunError::Lost(error.to_string()))?;
            }
            // Writes are on their way side by side; only closing tells whether all of them worked.
            there.close().await.map_err(|error| RunError::Disk(error.to_string()))?;
        }
        let _ = sftp.close().await;
        Ok(())
    }

    /// Fetches what a script left in its working folder; where in `into` it stands, [`Collected::path`] says. A folder
    /// becomes a tar. Takes no more than `limit` bytes in all. Names are paths of `[A-Za-z0-9._-]` parts, of which none
    /// begins with a dot. After an error, `into` may hold a part.
    pub async fn collect(
        &self,
        run: &RunId,
        epoch: u64,
        names: &[String],
        into: &Path,
        limit: u64,
    ) -> Result<Vec<Collected>, RunError> {
        let mut collected = Vec::new();
        let mut left = limit;
        for name in names {
            if name.len() > 500 || !name.split('/').all(|part| is_plain_name(part, 200)) {
                return Err(RunError::Refused(format!("{name:?} can not name an artifact")));
            }
            let one = self.collect_one(run, epoch, name, into, left).await?;
            left -= one.size;
            collected.push(one);
        }
        Ok(collected)
    }

    async fn collect_one(
        &self,
        run: &RunId,
        epoch: u64,
        name: &str,
        into: &Path,
        limit: u64,
    ) -> Result<Collected, RunError> {
        // No name has a plus: so a folder and a file of it do not meet here.
        let path = into.join(name.replace('/', "+"));
        let here = |error: std::io::Error| RunError::Disk(format!("{}: {error}", path.display()));
        let mut file = File::create(&path).await.map_err(here)?;
        let mut exec = self.exec(run_request("collect", run, epoch, &[name])).await?;
        let mut arriving = Arriving::default();
        while let Some(piece) = exec.next().await? {
            match piece {
                Piece::Control(bytes) => arriving.control(&bytes)?,
                Piece::Output(bytes) => {
                    let bytes = arriving.output(&bytes);
                    if arriving.size > limit {
                        return Err(RunError::Artifact(format!("{name} is larger than what may be collected")));
                    }
                    file.write_all(bytes).await.map_err(here)?;
                }
            }
        }
        file.sync_all().await.map_err(here)?;
        let (Some(folder), true) = (arriving.folder, arriving.done) else {
            return Err(RunError::Lost(format!("the connection ended before {name} was there")));
        };
        let sha256 = hex::encode(arriving.sum.finalize());
        Ok(Collected { name: name.to_owned(), path, sha256, size: arriving.size, folder })
    }
}

/// What has come of one artifact.
#[derive(Default)]
struct Arriving {
    lines: Control,
    folder: Option<bool>,
    done: bool,
    greeting: Vec<u8>,
    greeted: bool,
    size: u64,
    sum: Sha256,
}

impl Arriving {
    fn control(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        self.lines.push(bytes);
        while let Some(line) = self.lines.next()? {
            match line {
                Line::Sends { folder } => self.folder = Some(folder),
                Line::Done => self.done = true,
                Line::No(error) => return Err(error),
                line => return Err(unexpected(&line)),
            }
        }
        Ok(())
    }

    /// The part of these bytes that belongs to the file: what comes before the greeting does not.
    fn output<'bytes>(&mut self, mut bytes: &'bytes [u8]) -> &'bytes [u8] {
        while !self.greeted {
            let Some((byte, rest)) = bytes.split_first() else { break };
            bytes = rest;
            self.greeting.push(*byte);
            self.greeted = self.greeting.ends_with(GREETING);
            if self.greeting.len() > GREETING.len() {
                self.greeting.remove(0);
            }
        }
        self.size += bytes.len() as u64;
        self.sum.update(bytes);
        bytes
    }
}

/// Through the wrapper, so that the files belong to the user of the scripts.
async fn send_here(local: &LocalTarget, place: &Place, part: &str, files: &[ArtifactFile]) -> Result<(), RunError> {
    for file in files {
        let name = travelling_name(file);
        let mut here = open(&file.path).await?;
        let mut process =
            LocalProcess::run_with(local, Request::new(&["put", place.as_str(), part, &name], b""), &mut here).await?;
        let mut lines = Control::default();
        let mut answer = None;
        while let Some(piece) = process.next().await? {
            if let Piece::Control(bytes) = piece {
                lines.push(&bytes);
                answer = lines.next()?.or(answer);
            }
        }
        match answer {
            Some(Line::Done) => {}
            Some(Line::No(error)) => return Err(error),
            other => return Err(RunError::Protocol(format!("{other:?}"))),
        }
    }
    Ok(())
}

/// A tar has a name that no artifact can have, so that it never meets one.
fn travelling_name(file: &ArtifactFile) -> String {
    if file.folder { format!(".{}.tar", file.name) } else { file.name.clone() }
}

fn check(release: &str, files: &[ArtifactFile]) -> Result<(), RunError> {
    if !is_plain_name(release, 128) {
        return Err(RunError::Refused(format!("{release:?} can not name the folder of a release")));
    }
    if files.is_empty() || files.len() > MAX_FILES {
        return Err(RunError::Refused(format!("a release has 1 to {MAX_FILES} artifacts")));
    }
    for (index, file) in files.iter().enumerate() {
        let is_sum =
            file.sha256.len() == 64 && file.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_plain_name(&file.name, 200) || !is_sum || files[..index].iter().any(|other| other.name == file.name) {
            return Err(RunError::Refused(format!("{:?} can not be sent: its name or its sum is wrong", file.name)));
        }
    }
    Ok(())
}

async fn open(path: &PathBuf) -> Result<File, RunError> {
    File::open(path).await.map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> RunError {
    RunError::Artifact(format!("{} can not be read here: {error}", path.display()))
}

fn sftp_error(error: russh_sftp::client::error::Error) -> RunError {
    use russh_sftp::client::error::Error;
    match error {
        Error::Status(status) => RunError::Disk(format!("{}: {}", status.status_code, status.error_message)),
        error => RunError::Lost(error.to_string()),
    }
}
