//! How scripts run on this machine: in a folder of their own, and as a user who can not read what the server keeps.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result};
use machines::{Limits, LocalUser};

use crate::config::Config;
use crate::inventory::LocalMachine;

/// Where scripts of another user run, unless an option says where.
const FOLDER: &str = "/var/lib/countersign";

/// What one script on this machine may use.
const LIMITS: Limits =
    Limits { open_files: Some(4_096), processes: None, memory_mib: None, file_size_mib: Some(10 * 1_024) };

/// Nothing, when scripts may not run here.
pub fn prepare(config: &Config, owner: &str) -> Result<Option<LocalMachine>> {
    if !config.local_runner {
        return Ok(None);
    }
    let user = match is_root()? {
        true => Some(user(&config.local_user)?),
        false => None,
    };
    if user.is_some() {
        // The user has no business in there.
        fs::set_permissions(&config.data, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("can not close {} to others", config.data.display()))?;
    }
    let folder = match (&config.local_folder, user) {
        (Some(folder), _) => folder.clone(),
        (None, Some(_)) => Path::new(FOLDER).join(owner),
        (None, None) => config.data.join("runner"),
    };
    // Hosts that are this machine have their folders in one that the user can pass through.
    let hosts = folder.join("hosts");
    fs::create_dir_all(&hosts).with_context(|| format!("can not make the folder {}", hosts.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("can not find {}", folder.display()))?;
    match user {
        Some(LocalUser { uid, .. }) => {
            tracing::info!("scripts run on this machine as user {uid}, in {}", folder.display())
        }
        None => tracing::warn!("scripts run on this machine as the server does: they may do all that it may"),
    }
    Ok(Some(LocalMachine { folder, user, limits: LIMITS }))
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("can not see who runs the server")?.uid() == 0)
}

fn user(name: &str) -> Result<LocalUser> {
    let known = fs::read_to_string("/etc/passwd").context("can not read the users of this machine")?;
    let fields = known.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    let number = |at: usize| fields.as_ref()?.get(at)?.parse().ok();
    let found = number(2).zip(number(3)).map(|(uid, gid)| LocalUser { uid, gid });
    found.with_context(|| format!("this machine has no user {name}; name one with --local-user"))
}
