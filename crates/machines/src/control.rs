//! The lines that the wrapper says on stderr.

use bytes::{Buf, Bytes, BytesMut};

use crate::wrapper::GREETING;
use crate::{Cancelled, Exit, RunError, Status};

/// A login shell may say so much before the wrapper greets.
const MAX_CHATTER: usize = 64 * 1024;
const MAX_LINE: usize = 16 * 1024;
/// The wrapper keeps so much of the end of a long output.
const MAX_END: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Following,
    Status(Status),
    /// `kept` = the bytes of output that come before it.
    Exit {
        exit: Exit,
        kept: u64,
    },
    Gone {
        kept: u64,
    },
    Cut {
        kept: u64,
        total: u64,
        end: Bytes,
    },
    Cancelled(Cancelled),
    Sends {
        folder: bool,
    },
    /// `have`, `send` and `placed`, each with a path.
    Have(String),
    Send(String),
    Placed(String),
    Done,
    /// It does not do it.
    No(RunError),
}

/// Turns the bytes of stderr into lines. Holds at most one line and one end of an output.
#[derive(Default)]
pub(crate) struct Control {
    buffer: BytesMut,
    greeted: bool,
}

impl Control {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, or `None` until more bytes come.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, RunError> {
        if !self.greeted {
            if !skip_chatter(&mut self.buffer)? {
                return Ok(None);
            }
            self.greeted = true;
        }
        loop {
            let Some(length) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                return if self.buffer.len() > MAX_LINE { Err(unexpected("a line without an end")) } else { Ok(None) };
            };
            let text = String::from_utf8_lossy(&self.buffer[..length]).into_owned();
            if let Some(words) = text.strip_prefix("cut ") {
                return self.cut(words, length);
            }
            self.buffer.advance(length + 1);
            // An empty one only asks whether somebody listens.
            if !text.is_empty() {
                return parse(&text).map(Some);
            }
        }
    }

    /// A cut counts as one line with the bytes that follow it.
    fn cut(&mut self, words: &str, line_length: usize) -> Result<Option<Line>, RunError> {
        let [kept, total, length] = numbers(words)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_END {
            return Err(unexpected(words));
        }
        if self.buffer.len() < line_length + 1 + length {
            return Ok(None);
        }
        self.buffer.advance(line_length + 1);
        Ok(Some(Line::Cut { kept, total, end: self.buffer.split_to(length).freeze() }))
    }
}

/// Removes everything up to and with the greeting; `false` when it has not come yet.
pub(crate) fn skip_chatter(buffer: &mut BytesMut) -> Result<bool, RunError> {
    let start = buffer.windows(GREETING.len()).position(|window| window == GREETING);
    match start {
        Some(start) => {
            buffer.advance(start + GREETING.len());
            Ok(true)
        }
        None if buffer.len() > MAX_CHATTER => Err(unexpected("the login shell talks without end")),
        None => Ok(false),
    }
}

fn parse(text: &str) -> Result<Line, RunError> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match (verb, rest) {
        ("following", "") => Line::Following,
        ("status", "unknown") => Line::Status(Status::Unknown),
        ("status", "running") => Line::Status(Status::Running),
        ("status", "gone") => Line::Status(Status::Gone),
        ("exit", words) => {
            let [status, overtime, kept] = numbers(words)?;
            let status = i32::try_from(status).map_err(|_| unexpected(text))?;
            let signal = (129..=192).contains(&status).then_some(status - 128);
            Line::Exit { exit: Exit { status, timed_out: overtime == 1, signal }, kept }
        }
        ("gone", words) => {
            let [kept] = numbers(words)?;
            Line::Gone { kept }
        }
        ("cancelled", "gone") => Line::Cancelled(Cancelled::Gone),
        ("cancelled", "still_there") => Line::Cancelled(Cancelled::StillThere),
        ("sends", "folder") => Line::Sends { folder: true },
        ("sends", "file") => Line::Sends { folder: false },
        ("have", path) => Line::Have(path.to_owned()),
        ("send", path) => Line::Send(path.to_owned()),
        ("placed", path) => Line::Placed(path.to_owned()),
        ("done", "") => Line::Done,
        ("unknown", "") => Line::No(RunError::Unknown),
        ("busy", run) => Line::No(RunError::Busy { run: run.to_owned() }),
        ("stale", words) => {
            let [stored] = numbers(words)?;
            Line::No(RunError::Stale { stored })
        }
        ("problem", words) => Line::No(problem(words)),
        _ => return Err(unexpected(text)),
    })
}

fn problem(words: &str) -> RunError {
    let (code, note) = words.split_once(' ').unwrap_or((words, ""));
    let note = note.to_owned();
    match code {
        "tools" => RunError::Tools(note),
        "disk" => RunError::Disk(note),
        "full" => RunError::Disk(format!("{note}: no space left on device")),
        "artifact" => RunError::Artifact(note),
        "never" => RunError::Refused(format!("the run {note} was cancelled or forgotten and can not begin any more")),
        "locked" => RunError::Refused(format!("somebody else holds the run {note} for too long")),
        _ => unexpected(words),
    }
}

fn numbers<const N: usize>(words: &str) -> Result<[u64; N], RunError> {
    let numbers: Vec<u64> = words.split(' ').filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().map_err(|_| unexpected(words))
}

pub(crate) fn unexpected(words: &str) -> RunError {
    RunError::Protocol(words.chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], portion: usize) -> Vec<Line> {
        let mut control = Control::default();
        let mut lines = Vec::new();
        for part in bytes.chunks(portion) {
            control.push(part);
            while let Some(line) = control.next().unwrap() {
                lines.push(line);
            }
        }
        lines
    }

    #[test]
    fn lines_and_the_end_of_an_output_are_found_however_the_bytes_are_cut() {
        let text = b"motd\ncountersign 1\nfollowing\n\ncut 1024 9000 7\nexit 9\nexit 143 1 1024\n";
        for portion in 1..text.len() {
            let exit = Exit { status: 143, timed_out: true, signal: Some(15) };
            let end = Bytes::from_static(b"exit 9\n");
            let cut = Line::Cut { kept: 1024, total: 9000, end };
            assert_eq!(lines(text, portion), [Line::Following, cut, Line::Exit { exit, kept: 1024 }]);
        }
    }

    #[test]
    fn what_no_wrapper_says_is_an_error_and_never_kept_without_bound() {
        let mut control = Control::default();
        control.push(b"countersign 1\nexit three\n");
        assert!(control.next().is_err());
        let mut control = Control::default();
        control.push(&vec![b'x'; MAX_CHATTER + 1]);
        assert!(control.next().is_err());
        let mut control = Control::default();
        control.push(b"countersign 1\ncut 1 2 99999999\n");
        assert!(control.next().is_err());
    }
}
