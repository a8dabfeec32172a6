//! The file of checkpoints: one JSON line each, only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::Failure;
use super::checkpoint::{Checkpoint, FORMAT, Head, Signed};
use super::key::Key;
use crate::chain::{self, Hash};

/// Bytes of a line, at most; ten thousand heads take about 1.2 MB.
pub const LONGEST_LINE: u64 = 4 * 1024 * 1024;

#[derive(Debug)]
pub struct CheckpointFile {
    path: PathBuf,
    file: File,
    key: Key,
    /// The number and the hash of the last checkpoint.
    number: u64,
    last: Hash,
    /// Where the last whole line ends.
    end: u64,
}

impl CheckpointFile {
    /// Opens a file to continue it, or begins one.
    pub fn open(path: PathBuf, key: Key) -> Result<Self, Failure> {
        let fails = |error| Failure::File { path: path.clone(), error };
        let open = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = open.map_err(fails)?;
        let (last_line, end) = last_line(&mut file).map_err(fails)?;
        let (number, last) = match last_line {
            Some(line) => {
                let (signed, checkpoint) = Signed::parse(&line).ok_or(Failure::NoCheckpoint(path.clone()))?;
                (checkpoint.number, signed.hash())
            }
            None if end == 0 => (0, chain::START),
            None => return Err(Failure::NoCheckpoint(path)),
        };
        Ok(Self { path, file, key, number, last, end })
    }

    /// Signs where chains end and puts it on disk.
    pub fn append(&mut self, at: i64, heads: Vec<Head>) -> Result<(), Failure> {
        let number = self.number + 1;
        let (key, previous) = (self.key.public().to_string(), chain::to_hex(&self.last));
        let checkpoint = Checkpoint { format: FORMAT.into(), number, at, key, previous, heads };
        let signed = Signed::new(&checkpoint, &self.key);
        let line = signed.to_line();
        // What a write left that failed halfway, as on a full disk or when the power went, is no checkpoint.
        let mut write = || {
            self.file.set_len(self.end)?;
            self.file.write_all(line.as_bytes())?;
            self.file.sync_all()
        };
        write().map_err(Failure::file(&self.path))?;
        (self.number, self.last, self.end) = (number, signed.hash(), self.end + line.len() as u64);
        Ok(())
    }
}

/// The last whole line, and where it ends. A line that is too long to be a checkpoint counts as none.
fn last_line(file: &mut File) -> std::io::Result<(Option<String>, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(2 * LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(2 * LONGEST_LINE).read_to_end(&mut tail)?;
    let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') else {
        return Ok((None, from));
    };
    let start = tail[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Ok((String::from_utf8(tail[start..end].to_vec()).ok(), from + end as u64 + 1))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn open(folder: &Path) -> Result<CheckpointFile, Failure> {
        CheckpointFile::open(folder.join("checkpoints"), Key::open_or_make(folder).unwrap())
    }

    fn lines(folder: &Path) -> Vec<Checkpoint> {
        let text = std::fs::read_to_string(folder.join("checkpoints")).unwrap();
        text.lines().map(|line| Signed::parse(line).unwrap().1).collect()
    }

    #[test]
    fn a_file_is_continued_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap().append(1, vec![]).unwrap();
        open(folder.path()).unwrap().append(2, vec![Head { room: 1, seq: 2, hash: "00".into() }]).unwrap();
        let lines = lines(folder.path());
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(lines[0].previous, "0".repeat(64));
        assert_ne!(lines[1].previous, lines[0].previous);
    }

    #[test]
    fn half_a_line_of_a_power_cut_is_no_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap().append(1, vec![]).unwrap();
        let path = folder.path().join("checkpoints");
        let whole = std::fs::read_to_string(&path).unwrap();
        for half in [whole.clone() + &whole[..whole.len() / 2], whole[..whole.len() / 2].to_owned()] {
            std::fs::write(&path, &half).unwrap();
            open(folder.path()).unwrap().append(2, vec![]).unwrap();
            assert_eq!(lines(folder.path()).last().unwrap().at, 2);
        }
    }

    #[test]
    fn a_file_that_ends_with_something_else_is_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("checkpoints"), "{}\n").unwrap();
        assert!(matches!(open(folder.path()), Err(Failure::NoCheckpoint(_))));
    }
}
