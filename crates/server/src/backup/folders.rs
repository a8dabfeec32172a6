//! The files of a site: uploads, keys, checkpoints and what else stands in its folders.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::file::{FileHead, Line, Place, Reader, Writer};

/// What stands in a data folder and is not copied: the database, which is copied row by row, what tells that the folder
/// is in use, and what scripts on this machine work in.
const NOT_COPIED: [&str; 6] =
    ["countersign.db", "countersign.db-shm", "countersign.db-wal", "lock", "releases", "runner"];

/// Signed checkpoints. They grow while the server runs.
pub const CHECKPOINTS: &str = "audit-checkpoints.jsonl";

/// How much of the file of checkpoints there is, in whole lines. To be asked before a snapshot is taken: what was
/// signed by then is in it.
pub fn checkpoints_length(data: &Path) -> Result<u64> {
    let file = match File::open(data.join(CHECKPOINTS)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error).context("can not read the checkpoints"),
    };
    let length = file.metadata()?.len();
    let (mut reader, mut whole, mut line) = (BufReader::new(file.take(length)), 0, Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        whole += line.len() as u64;
        line.clear();
    }
    Ok(whole)
}

/// Writes all files of a folder but those that `skip` picks by their path; answers how many.
pub fn write(writer: &mut Writer, place: Place, root: &Path, length: impl Fn(&Path) -> Option<u64>) -> Result<u64> {
    let (mut folders, mut count) = (vec![root.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        let items = match std::fs::read_dir(&folder) {
            Ok(items) => items,
            // Nothing was ever uploaded.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("can not read {}", folder.display())),
        };
        for item in items {
            let path = item?.path();
            let Some(most) = length(&path) else { continue };
            let metadata = match path.symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error).with_context(|| format!("can not read {}", path.display())),
            };
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file() {
                count += write_one(writer, place, root, &path, most)?;
            }
        }
    }
    Ok(count)
}

fn write_one(writer: &mut Writer, place: Place, root: &Path, path: &Path, most: u64) -> Result<u64> {
    let file = match File::open(path) {
        Ok(file) => file,
        // It was recalled meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error).with_context(|| format!("can not read {}", path.display())),
    };
    let metadata = file.metadata()?;
    let size = metadata.len().min(most);
    let below = path.strip_prefix(root)?.to_str();
    let below = below.with_context(|| format!("{} has a name that is no text", path.display()))?.to_owned();
    let mode = metadata.permissions().mode() & 0o777;
    writer.line(&Line::File(FileHead { place, path: below, mode, size }))?;
    writer.bytes(file, size).with_context(|| format!("can not copy {}", path.display()))?;
    Ok(1)
}

/// How much of a file in the data folder is copied; nothing when it is not. `files` is copied by itself.
pub fn length_in_data(data: &Path, files: &Path, checkpoints: u64) -> impl Fn(&Path) -> Option<u64> {
    let skipped: Vec<PathBuf> = NOT_COPIED.iter().map(|name| data.join(name)).chain([files.to_owned()]).collect();
    let growing = data.join(CHECKPOINTS);
    move |path| match path {
        path if skipped.iter().any(|skipped| skipped == path) => None,
        path if path == growing => Some(checkpoints),
        _ => Some(u64::MAX),
    }
}

/// An upload that is not finished yet has such a name.
pub fn length_in_files(path: &Path) -> Option<u64> {
    let is_part = path.file_name().is_some_and(|name| name.to_string_lossy().contains('#'));
    (!is_part).then_some(u64::MAX)
}

/// Writes the bytes of a file that a backup names below a folder.
pub fn restore_one(reader: &mut Reader, head: &FileHead, folder: &Path) -> Result<()> {
    let below = Path::new(&head.path);
    // Whoever made the file may be somebody else, who knows the passphrase.
    if head.path.is_empty() || !below.components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("the file is damaged: {} is no place for a file", head.path);
    }
    let path = folder.join(below);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(head.mode & 0o777).open(&path);
    let mut output = BufWriter::new(file.with_context(|| format!("can not write {}", path.display()))?);
    reader.bytes(head.size, &mut output)?;
    output.flush()?;
    Ok(output.get_ref().sync_all()?)
}
