use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;

use super::Failure;
use super::file::LONGEST_LINE;

/// An answer that takes longer is a failure.
const TIMEOUT: Duration = Duration::from_secs(5);

/// All that waits is sent in this time, or the rest waits for the next checkpoint. A server that stops waits for it.
const TIMEOUT_OF_ALL: Duration = Duration::from_secs(10);

/// Gives checkpoints to somebody else, who keeps them where this machine can not change them.
#[derive(Debug)]
pub struct Webhook {
    url: String,
    client: reqwest::Client,
    /// Everything before this byte of the file was given.
    sent: u64,
}

impl Webhook {
    pub fn new(url: String, sent: u64) -> Result<Self, Failure> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        Ok(Self { url, client: client.map_err(Failure::Webhook)?, sent })
    }

    /// Posts the lines of the file that were not posted yet, each by itself, until one fails. That one is tried again
    /// with the next checkpoint; the file remembers it.
    pub async fn send(&mut self, path: &Path) {
        if tokio::time::timeout(TIMEOUT_OF_ALL, self.send_all(path)).await.is_err() {
            tracing::warn!("the webhook is slow; the checkpoints that wait are sent with the next one");
        }
    }

    async fn send_all(&mut self, path: &Path) {
        loop {
            match line_at(path, self.sent) {
                Ok(Some(line)) => {
                    let length = line.len() as u64;
                    if let Err(error) = self.post(line).await {
                        // The address may hold a secret.
                        let error = error.without_url();
                        tracing::warn!(%error, "a checkpoint did not reach the webhook; it is sent again with the next one");
                        return;
                    }
                    self.sent += length;
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

fn line_at(path: &Path, offset: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut line = Vec::new();
    BufReader::new(file.take(LONGEST_LINE)).read_until(b'\n', &mut line)?;
    Ok(line.ends_with(b"\n").then_some(line))
}
