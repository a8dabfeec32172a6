use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use super::Failure;
use super::file::LONGEST_LINE;
use crate::outgoing;

/// An answer that takes longer is a failure.
const TIMEOUT: Duration = Duration::from_secs(5);

/// All that waits is sent in this time, or the rest waits for the next checkpoint. A server that stops waits for it.
const TIMEOUT_OF_ALL: Duration = Duration::from_secs(10);

/// Gives checkpoints to somebody else, who keeps them where this machine can not change them.
#[derive(Debug)]
pub struct Webhook {
    url: String,
    client: reqwest::Client,
    /// The file of checkpoints.
    path: PathBuf,
    /// Everything before this byte of it was given. It is kept beside the file, so that a restart forgets nothing, and
    /// a witness that is named later gets all from the first.
    sent: u64,
}

impl Webhook {
    pub fn new(url: String, path: &Path) -> Result<Self, Failure> {
        // Who starts the server names the witness, which may be a neighbour.
        let client = outgoing::direct(TIMEOUT).build();
        let sent = std::fs::read_to_string(note(path)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        // A file that is shorter is another one.
        let length = std::fs::metadata(path).map_err(Failure::file(path))?.len();
        let sent = if sent > length { 0 } else { sent };
        Ok(Self { url, client: client.map_err(Failure::Webhook)?, path: path.to_owned(), sent })
    }

    /// Posts the lines of the file that were not posted yet, each by itself, until one fails. That one is tried again
    /// with the next checkpoint.
    pub async fn send(&mut self) {
        if tokio::time::timeout(TIMEOUT_OF_ALL, self.send_all()).await.is_err() {
            tracing::warn!("the webhook is slow; the checkpoints that wait are sent with the next one");
        }
    }

    async fn send_all(&mut self) {
        loop {
            match line_at(&self.path, self.sent) {
                Ok(Some(line)) => {
                    let length = line.len() as u64;
                    if let Err(error) = self.post(line).await {
                        // The address may hold a secret.
                        let error = error.without_url();
                        tracing::warn!(%error, "a checkpoint did not reach the webhook; it is sent again with the next one");
                        return;
                    }
                    self.sent += length;
                    if let Err(error) = std::fs::write(note(&self.path), self.sent.to_string()) {
                        tracing::warn!(%error, "a checkpoint reached the webhook and will be sent again after a restart");
                    }
                }
                Ok(None) => return,
                Err(error) => return tracing::warn!(%error, "checkpoints can not be read for the webhook"),
            }
        }
    }

    async fn post(&self, line: Vec<u8>) -> Result<(), reqwest::Error> {
        let request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(line);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

/// Where it is kept how much was sent.
fn note(path: &Path) -> PathBuf {
    path.with_added_extension("sent")
}

fn line_at(path: &Path, offset: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut line = Vec::new();
    BufReader::new(file.take(LONGEST_LINE)).read_until(b'\n', &mut line)?;
    Ok(line.ends_with(b"\n").then_some(line))
}
