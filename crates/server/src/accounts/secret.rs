//! Passwords, and the random secrets of sessions, tokens and invitations.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::Refusal;
use crate::text::{FieldError, Rule};

/// Each hash takes 19 MiB and a core for some 30 ms, so few run at a time.
static HASHING: Semaphore = Semaphore::const_new(2);

const SHORTEST: usize = 8;
const LONGEST: usize = 256;

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

pub fn check_password(field: &'static str, password: &str) -> Result<(), FieldError> {
    match password.chars().take(LONGEST + 1).count() {
        0 => Err(FieldError::new(field, Rule::Required)),
        count if count < SHORTEST => Err(FieldError::new(field, Rule::TooShort(SHORTEST))),
        count if count > LONGEST => Err(FieldError::new(field, Rule::TooLong(LONGEST))),
        _ => Ok(()),
    }
}

pub async fn hash_password(password: String) -> Result<String, Refusal> {
    on_hashing_thread(move || {
        let hash = argon2().hash_password(password.as_bytes()).map_err(|error| failed(&error))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password fits. Without a hash (nobody of that name) it takes as long and answers no.
pub async fn verify_password(password: String, hash: Option<String>) -> Result<bool, Refusal> {
    on_hashing_thread(move || match hash {
        Some(hash) => {
            let hash = PasswordHash::new(&hash).map_err(|error| failed(&error))?;
            Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok())
        }
        None => {
            argon2().hash_password(password.as_bytes()).map_err(|error| failed(&error))?;
            Ok(false)
        }
    })
    .await
}

async fn on_hashing_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let _permit = HASHING.acquire().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))?
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::Database(sea_orm::DbErr::Custom(format!("password hashing failed: {error}")))
}

/// A random secret of 256 bits, as text.
pub fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A random password that is easy to read out: 20 letters and digits without look-alikes.
pub fn new_password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let letter = |_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    (0..20).map(letter).collect()
}

/// What is kept of a secret. It has 256 random bits, so a plain hash protects it.
pub fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}
