use std::fmt;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::Failure;

/// The file of the key in the data folder: outside the database, so that who can change the one has not got the other.
const FILE: &str = "audit-key";

/// What signs checkpoints. Never shown: its debug text leaves the secret out.
pub struct Key(SigningKey);

/// What checkpoints are verified with; people copy it as base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl Key {
    /// The key of a data folder, which is made when there is none.
    pub fn open_or_make(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let key = SigningKey::from_bytes(&rand::random());
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                let text = STANDARD.encode(key.to_bytes()) + "\n";
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Failure::file(&path))?;
                Ok(Self(key))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::open(folder),
            Err(error) => Err(Failure::file(&path)(error)),
        }
    }

    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(Failure::file(&path))?;
        let bytes = bytes(&text).ok_or(Failure::NoKey(path))?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature, as base64.
    pub fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.0.sign(text.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.public()).finish()
    }
}

impl PublicKey {
    pub fn has_signed(&self, text: &str, signature: &str) -> bool {
        let bytes = STANDARD.decode(signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        bytes.is_some_and(|bytes| self.0.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes)).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let key = bytes(text).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        key.map(Self).ok_or("a public key is 32 bytes in base64, as `countersign audit key` prints it")
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (Key::open_or_make(folder.path()).unwrap(), Key::open_or_make(folder.path()).unwrap());
        assert_eq!(first.public(), second.public());
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(first.public().to_string().parse(), Ok(second.public()));
    }

    #[test]
    fn a_signature_fits_one_text_and_one_key() {
        let (key, other) = (Key(SigningKey::from_bytes(&[1; 32])), Key(SigningKey::from_bytes(&[2; 32])));
        let signature = key.sign("a");
        assert!(key.public().has_signed("a", &signature));
        assert!(!key.public().has_signed("b", &signature));
        assert!(!other.public().has_signed("a", &signature));
        assert!(!key.public().has_signed("a", "no base64"));
    }

    #[test]
    fn a_file_without_a_key_is_said_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "short").unwrap();
        assert!(matches!(Key::open_or_make(folder.path()), Err(Failure::NoKey(_))));
    }
}
