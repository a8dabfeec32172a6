use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

use super::Failure;

/// The bytes that everything is sealed with.
pub struct Key([u8; 32]);

impl Key {
    /// The key in a file that has to be there.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
                bytes.map(Self).ok_or_else(|| Failure::NoKey(path.to_owned()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Failure::Missing(path.to_owned())),
            Err(error) => Err(Failure::File { path: path.to_owned(), error }),
        }
    }

    /// The key in a file, which is made when there is none.
    pub fn read_or_make(path: &Path) -> Result<Self, Failure> {
        match Self::read(path) {
            Err(Failure::Missing(_)) => {
                make(path).map_err(|error| Failure::File { path: path.to_owned(), error })?;
                Self::read(path)
            }
            read => read,
        }
    }

    pub fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

/// Makes the file at once and whole, for other nodes may look for it; one that is there meanwhile stays.
fn make(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let part = path.with_extension(format!("{:016x}.part", rand::random::<u64>()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let text = STANDARD.encode(rand::random::<[u8; 32]>()) + "\n";
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match std::fs::hard_link(&part, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    std::fs::remove_file(&part)?;
    linked?;
    // A key that a power cut could take back would leave secrets that nobody can open.
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/vault.key");
        let (first, second) = (Key::read_or_make(&path).unwrap(), Key::read_or_make(&path).unwrap());
        assert_eq!(first.0, second.0);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_key_is_said_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        assert!(matches!(Key::read(&path), Err(Failure::Missing(_))));
        std::fs::write(&path, "short").unwrap();
        assert!(matches!(Key::read_or_make(&path), Err(Failure::NoKey(_))));
    }
}
