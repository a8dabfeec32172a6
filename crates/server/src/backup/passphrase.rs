use std::path::Path;

pub use age::secrecy::SecretString;
use anyhow::{Context, Result, bail};

/// Whether somebody who types it could lock themselves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Once,
    Twice,
}

/// The passphrase: from a file, from the environment, or from whoever sits there.
pub fn read(file: Option<&Path>, asking: Asking) -> Result<SecretString> {
    let passphrase = match (file, std::env::var("COUNTERSIGN_PASSPHRASE")) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("can not read {}", file.display()))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        (None, Ok(passphrase)) => passphrase,
        (None, Err(_)) => ask(asking)?,
    };
    if passphrase.is_empty() {
        bail!("the passphrase is empty");
    }
    Ok(passphrase.into())
}

fn ask(asking: Asking) -> Result<String> {
    let context = "there is nobody to ask for the passphrase; give --passphrase-file or COUNTERSIGN_PASSPHRASE";
    let passphrase = rpassword::prompt_password("passphrase: ").context(context)?;
    if asking == Asking::Twice && rpassword::prompt_password("once more: ").context(context)? != passphrase {
        bail!("the two passphrases differ");
    }
    Ok(passphrase)
}
