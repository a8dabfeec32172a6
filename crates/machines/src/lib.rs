//! Runs scripts on this machine and over SSH, so that a run survives whoever started it.
//!
//! ```no_run
//! # async fn example(target: machines::Target, spec: machines::RunSpec) -> Result<(), Box<dyn std::error::Error>> {
//! use machines::{Machine, News};
//!
//! let machine = Machine::connect(&target).await?;
//! let mut follow = machine.start(&spec).await?;
//! let exit = loop {
//!     match follow.next().await? {
//!         News::Output(bytes) => print!("{}", String::from_utf8_lossy(&bytes)),
//!         News::Cut { kept, total, .. } => println!("{} bytes are left out", total - kept),
//!         News::Ended(exit) => break Some(exit),
//!         News::Gone => break None,
//!     }
//! };
//! # let _ = exit;
//! # Ok(())
//! # }
//! ```
//!
//! # The wrapper
//!
//! One text, the parts in `wrapper/`, runs on every machine: as a process here, as the command of an SSH session there. It is the
//! same constant for every run. What to do, the script and its variables come on its standard input, so that no value is
//! ever part of a command or of an argument list. It gives a run a folder (`~/.countersign/runs/<run>`) and a supervisor
//! in a session of its own; from then on nobody needs to be connected. The supervisor keeps the lock of the place, the
//! time limit and the bound of the output, and writes down how the script ended.
//!
//! # Epochs
//!
//! A run has one owner at a time, and every owner has a higher epoch than the one before. Each verb carries it, and the
//! machine refuses whoever comes with a smaller one than it has seen ([`RunError::Stale`]). A new owner's first question,
//! [`Machine::status`], is what locks the old one out, also when it was only stopped and wakes up later with a start in
//! its hands: an unknown run gets a tombstone.
//!
//! # What is promised when things break
//!
//! - A run begins at most once. A request that does not arrive whole begins nothing; a second start follows.
//! - A lost connection ([`RunError::Lost`]) ends no run. Connect again, ask, and follow from [`Follow::offset`].
//! - A supervisor that is killed, or a machine that restarts, leaves [`Status::Running`] as long as a process of the run
//!   is there, then [`Status::Gone`]: how it ended is not known, and it is not begun again.
//! - [`Machine::cancel`] says [`Cancelled::Gone`] only after it looked: no process in the script's session, and none, in
//!   whatever session, with the run's mark in its environment. What wiped its environment *and* left the session is not
//!   found, for that takes rights that an ordinary user does not have.
//! - Memory is bounded: a slow follower makes the wrapper wait, never the script.
//! - A script may leave daemons behind, and they do not hold up its end; only a cancellation ends them.

mod artifacts;
mod control;
mod error;
mod examine;
mod exec;
mod follow;
mod keys;
mod local;
mod machine;
mod names;
mod request;
mod run;
mod ssh;
mod target;
#[cfg(feature = "testing")]
pub mod testing;
mod wrapper;

pub use error::{ConnectError, RunError};
pub use examine::{Examination, Step, examine};
pub use follow::Follow;
pub use keys::{HostKey, Identity, KeyError};
pub use machine::Machine;
pub use names::{Place, RunId};
pub use run::{ArtifactFile, Cancelled, Collected, Exit, News, RunSpec, Status, WorkingFolder};
pub use target::{Limits, LocalTarget, LocalUser, RemoteTarget, Target, Timeouts};
