//! Who reads what changes.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// The changes of this many collections wait for a reader. After that it lags.
pub(super) const BATCHES: usize = 16;

/// What was collected: one change a group.
pub(super) type Batch = Arc<[PresenceChange]>;

/// What a reader of changes learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresenceChange {
    /// These keys came to a group, anywhere, and these went everywhere. Both lists are sorted, and one of them has
    /// somebody in it. They are changes to a set: a reader may be told that somebody came who is in its list already,
    /// or that somebody went who is not.
    Diff { group: String, joined: Vec<String>, left: Vec<String> },
    /// The reader lagged and changes were left out: it lists anew what it shows.
    Reset,
}

/// Reads changes, from the moment on at which it was made.
///
/// It holds at most the changes of 16 collections. Who takes longer gets [`PresenceChange::Reset`] in place of
/// everything that waits.
#[derive(Debug)]
pub struct PresenceChanges {
    batches: broadcast::Receiver<Batch>,
    batch: Batch,
    /// How much of the batch was read.
    read: usize,
}

impl PresenceChanges {
    pub(super) fn new(batches: broadcast::Receiver<Batch>) -> Self {
        Self { batches, batch: Arc::new([]), read: 0 }
    }

    /// The next change, or nothing after the end of presence. Dropping the future loses no change.
    pub async fn next(&mut self) -> Option<PresenceChange> {
        loop {
            if let Some(change) = self.batch.get(self.read) {
                self.read += 1;
                return Some(change.clone());
            }
            // What was read is freed while the next batch is waited for.
            (self.batch, self.read) = (Arc::new([]), 0);
            match self.batches.recv().await {
                Ok(batch) => self.batch = batch,
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => {
                    // What still waits is older than what the reader will list now.
                    self.batches = self.batches.resubscribe();
                    return Some(PresenceChange::Reset);
                }
            }
        }
    }
}
