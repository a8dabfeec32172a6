//! What only this site can read: values in the database that are sealed with a key outside of it, so that who gets
//! hold of the one has not got the other.

mod key;

use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sea_orm::{DbErr, FromQueryResult};

use crate::db::Sql;
use crate::log::{self, Log, Tx};
use crate::values;
use key::Key;

/// Bytes of a nonce. It is random: with 192 bits, no two are ever the same.
const NONCE: usize = 24;

/// What is kept under this name tells whether a key is the right one.
const CHECK: &str = "check";

/// Seals and opens; clones share the key, which is never shown.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

/// Why something can not be sealed or opened. None of it names a value.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{}: {error}", .path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{} holds no key: it has 32 bytes in base64", .0.display())]
    NoKey(PathBuf),
    #[error(
        "the database holds secrets, and {} with the key that they are sealed with is not there; put it back, or name it with --vault-key",
        .0.display()
    )]
    Missing(PathBuf),
    #[error("{} is not the key that the secrets in the database are sealed with", .0.display())]
    WrongKey(PathBuf),
    #[error("what is sealed as {0} is damaged, or was sealed with another key")]
    Damaged(String),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Failure {}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// The vault of a database. Its key is made when nothing has been sealed yet, and else has to be the right one:
    /// with a new key in place of one that was lost, nobody would notice before a secret is needed.
    pub async fn open(log: &Log, path: &Path) -> Result<Self, Failure> {
        let key = match kept(log.db(), CHECK).await? {
            Some(_) => Key::read(path)?,
            None => Key::read_or_make(path)?,
        };
        let vault = Self { cipher: key.cipher() };
        // Of several nodes that start at once, one writes this, and all compare their key with it.
        let check = vault.seal(CHECK, CHECK.as_bytes())?;
        let check = log.work::<_, Failure, _>(None, move |tx| {
            let check = check.clone();
            Box::pin(async move { keep_first(tx, CHECK, check).await })
        });
        match vault.unseal(CHECK, &check.await?) {
            Ok(_) => Ok(vault),
            Err(_) => Err(Failure::WrongKey(path.to_owned())),
        }
    }

    /// Seals a value under a name; it can be opened under that name only.
    pub fn seal(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Failure> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: value, aad: name.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Failure::Damaged(name.to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed under a name.
    pub fn unseal(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        let damaged = || Failure::Damaged(name.to_owned());
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| damaged())
    }

    /// [`Vault::unseal`] for text.
    pub fn unseal_text(&self, name: &str, sealed: &[u8]) -> Result<String, Failure> {
        String::from_utf8(self.unseal(name, sealed)?).map_err(|_| Failure::Damaged(name.to_owned()))
    }

    /// The value that the site keeps under a name. The first node that asks stores its `new` one, and all get that.
    pub async fn keep_one(&self, log: &Log, name: &'static str, new: &str) -> Result<String, Failure> {
        let sealed = self.seal(name, new.as_bytes())?;
        let first = log.work::<_, Failure, _>(None, move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move { keep_first(tx, name, sealed).await })
        });
        self.unseal_text(name, &first.await?)
    }
}

#[derive(FromQueryResult)]
struct Sealed {
    value: Vec<u8>,
}

async fn kept(db: &crate::db::Database, name: &str) -> Result<Option<Vec<u8>>, DbErr> {
    let row: Option<Sealed> = db.reader.one("SELECT value FROM sealed WHERE name = $1", values![name]).await?;
    Ok(row.map(|row| row.value))
}

/// Stores a sealed value unless there is one; answers the one that is there then.
async fn keep_first(tx: &Tx<'_>, name: &'static str, value: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let sql = "INSERT INTO sealed (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.sql().run(sql, values![name, value]).await?;
    let row: Option<Sealed> = tx.sql().one("SELECT value FROM sealed WHERE name = $1", values![name]).await?;
    Ok(row.ok_or(DbErr::RecordNotInserted)?.value)
}
