use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{HostKey, Identity};

/// Where scripts run.
#[derive(Clone, Debug)]
pub enum Target {
    Local(LocalTarget),
    Remote(RemoteTarget),
}

/// This machine. Scripts see `PATH`, `HOME` (= `folder`), `LANG` and what their run gives them; nothing of the server's
/// own environment.
#[derive(Clone, Debug)]
pub struct LocalTarget {
    /// Holds the runs and the working folders. Made when it is missing, and given to `user`, who must be able to reach
    /// it: the folders above are not touched.
    pub folder: PathBuf,
    /// Who runs the scripts; `None` = whoever runs this process. Another user needs root.
    pub user: Option<LocalUser>,
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalUser {
    pub uid: u32,
    pub gid: u32,
}

/// What one process of a script may use; `None` = as much as the system gives. The kernel counts processes by user and
/// not by run, so that `processes` makes sense only for a user that does nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub open_files: Option<u32>,
    pub processes: Option<u32>,
    pub memory_mib: Option<u32>,
    pub file_size_mib: Option<u32>,
}

/// A machine behind sshd.
#[derive(Clone, Debug)]
pub struct RemoteTarget {
    /// A host name or an address, without the port.
    pub address: String,
    pub port: u16,
    pub user: String,
    /// The key that the host has to prove. `None` connects nowhere: it ends in [`crate::ConnectError::HostKeyUnknown`],
    /// which says what the host showed.
    pub host_key: Option<HostKey>,
    pub identity: Arc<Identity>,
    pub timeouts: Timeouts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For all of resolving, connecting, the key exchange and signing in.
    pub connect: Duration,
    /// A host that is silent for so long is asked whether it is there; after three questions without an answer the
    /// connection is lost.
    pub keepalive: Duration,
    /// For everything that is answered at once: a verb of the wrapper other than following.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), keepalive: Duration::from_secs(5), answer: Duration::from_secs(30) }
    }
}
