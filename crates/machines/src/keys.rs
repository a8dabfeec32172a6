use std::fmt;
use std::sync::Arc;

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PublicKey};
use thiserror::Error;

#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("this is no key that can be used here: {0}")]
pub struct KeyError(String);

/// The key pair (ed25519) that a server signs in with. `Debug` shows the public half only.
#[derive(Clone)]
pub struct Identity {
    pub(crate) key: Arc<PrivateKey>,
}

impl Identity {
    pub fn generate() -> Self {
        let pair = Ed25519Keypair::from_seed(&rand::random());
        Self { key: Arc::new(PrivateKey::from(pair)) }
    }

    /// Reads an unencrypted OpenSSH private key, as [`Identity::to_openssh`] and `ssh-keygen -t ed25519` write it.
    pub fn from_openssh(text: &str) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(text).map_err(|error| KeyError(error.to_string()))?;
        if key.is_encrypted() || key.algorithm() != Algorithm::Ed25519 {
            return Err(KeyError("it must be an ed25519 key without a passphrase".into()));
        }
        Ok(Self { key: Arc::new(key) })
    }

    /// The secret half too: seal it before it is stored.
    pub fn to_openssh(&self) -> String {
        // Encoding fails only for keys of foreign hardware and for those too long; this is neither.
        self.key.to_openssh(LineEnding::LF).map(|text| text.to_string()).unwrap_or_default()
    }

    /// One line for `authorized_keys`.
    pub fn public_line(&self) -> String {
        self.key.public_key().to_openssh().unwrap_or_default()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Identity").field(&self.public_line()).finish()
    }
}

/// The public key of a host. Two are equal when the keys are; comments do not count.
#[derive(Clone, Debug)]
pub struct HostKey(Arc<PublicKey>);

impl HostKey {
    /// Reads a line as `ssh-keyscan` (without the host's name) and `/etc/ssh/ssh_host_*_key.pub` have it.
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        let key = PublicKey::from_openssh(line.trim()).map_err(|error| KeyError(error.to_string()))?;
        Ok(Self::from_key(&key))
    }

    pub(crate) fn from_key(key: &PublicKey) -> Self {
        Self(Arc::new(PublicKey::new(key.key_data().clone(), "")))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// As `ssh-keygen -l` shows it: `SHA256:` and 43 characters.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }
}

/// The OpenSSH line, which [`HostKey::parse`] reads.
impl fmt::Display for HostKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_openssh().map_err(|_| fmt::Error)?.trim_end())
    }
}

impl PartialEq for HostKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl Eq for HostKey {}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn a_host_key_is_read_shown_and_compared_without_its_comment() {
        let key = HostKey::parse(&format!("{LINE} root@web1\n")).unwrap();
        assert_eq!(key.to_string(), LINE);
        assert_eq!(key, HostKey::parse(LINE).unwrap());
        assert_eq!(key.fingerprint(), "SHA256:T7SvZ2cslqpPj6nKzitCBHHlpVF3r3MvLwmFL0fk0IE");
        assert!(HostKey::parse("ssh-ed25519 nonsense").is_err());
    }

    #[test]
    fn an_identity_is_the_same_after_it_was_written_and_read() {
        let identity = Identity::generate();
        let again = Identity::from_openssh(&identity.to_openssh()).unwrap();
        assert_eq!(identity.public_line(), again.public_line());
        assert!(identity.public_line().starts_with("ssh-ed25519 "));
        assert!(!format!("{identity:?}").contains("PRIVATE"));
        assert_ne!(identity.public_line(), Identity::generate().public_line());
    }
}
