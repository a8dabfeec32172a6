//! The lines of a backup, and the encrypted file that they stand in.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use anyhow::{Context, Result, anyhow, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::Totals;

/// The form of the file. A change that an older program would read wrongly gets the next number.
pub const FORM: u32 = 1;

/// Bytes of a line, at most.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// Work of opening a file that is accepted, as a power of two: 4 GiB of memory and some seconds.
const MOST_WORK: u8 = 22;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Backup(Header),
    Table(TableHead),
    /// A row of the table before it, in the order of its columns.
    Row(Vec<Option<Cell>>),
    /// Its bytes follow, and then the next line.
    File(FileHead),
    End(Totals),
}

/// What a file is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Header {
    pub form: u32,
    /// The version of the program that made it.
    pub version: String,
    pub made_at: i64,
    /// The migrations that its database had.
    pub migrations: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    pub name: String,
    pub columns: Vec<Column>,
    /// The last number that the database gave a row, where it numbers them.
    pub last_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Integer,
    Text,
    Boolean,
    Bytes,
}

/// A value. Bytes are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Integer(i64),
    Boolean(bool),
    Text(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileHead {
    pub place: Place,
    /// Below the folder of its place.
    pub path: String,
    pub mode: u32,
    pub size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The data folder: keys, checkpoints and what else stands there.
    Data,
    /// Uploaded files.
    Files,
}

/// Writes a file that has its name only once it is whole.
pub struct Writer {
    output: GzEncoder<StreamWriter<BufWriter<File>>>,
    path: PathBuf,
    part: PathBuf,
}

impl Writer {
    pub fn create(path: &Path, passphrase: SecretString) -> Result<Self> {
        ensure!(!path.exists(), "{} is there already", path.display());
        let part = path.with_added_extension("part");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.with_context(|| format!("can not write {}", part.display()))?;
        let encrypted = Encryptor::with_user_passphrase(passphrase).wrap_output(BufWriter::new(file))?;
        Ok(Self { output: GzEncoder::new(encrypted, Compression::fast()), path: path.to_owned(), part })
    }

    pub fn line(&mut self, line: &Line) -> Result<()> {
        serde_json::to_writer(&mut self.output, line)?;
        Ok(self.output.write_all(b"\n")?)
    }

    /// The bytes of a file that was named in a line.
    pub fn bytes(&mut self, input: impl Read, size: u64) -> Result<()> {
        let copied = std::io::copy(&mut input.take(size), &mut self.output)?;
        ensure!(copied == size, "it became shorter while it was read");
        Ok(())
    }

    pub fn finish(self) -> Result<()> {
        let file = self.output.finish()?.finish()?.into_inner()?;
        file.sync_all()?;
        std::fs::rename(&self.part, &self.path)?;
        Ok(())
    }
}

/// Reads a file, a line at a time.
pub struct Reader {
    input: BufReader<GzDecoder<StreamReader<BufReader<File>>>>,
}

impl Reader {
    pub fn open(path: &Path, passphrase: SecretString) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("can not read {}", path.display()))?;
        let no_backup = |error| anyhow!("{} is no backup of countersign ({error})", path.display());
        let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(no_backup)?;
        let mut identity = scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MOST_WORK);
        let opened = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity));
        let stream = opened.map_err(|error| match error {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
                anyhow!("the passphrase does not open {}", path.display())
            }
            error => no_backup(error),
        })?;
        Ok(Self { input: BufReader::new(GzDecoder::new(stream)) })
    }

    pub fn line(&mut self) -> Result<Line> {
        let mut line = Vec::new();
        let read = self.input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        read.context("the file is damaged")?;
        if !line.ends_with(b"\n") {
            bail!("the file is damaged: it ends too early");
        }
        serde_json::from_slice(&line).context("the file is damaged")
    }

    pub fn bytes(&mut self, size: u64, output: &mut impl Write) -> Result<()> {
        let copied = std::io::copy(&mut self.input.by_ref().take(size), output)?;
        ensure!(copied == size, "the file is damaged: it ends too early");
        Ok(())
    }
}
