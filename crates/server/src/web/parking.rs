//! Followers of people who poll, kept between two polls: what is told once (typing, presence, read positions) and comes
//! in between is not lost, and somebody who polls does not come and go.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::log::{Follower, SessionKey};
use crate::rooms::Present;

/// A follower whose client does not poll again within this time is dropped.
const KEEP: Duration = Duration::from_secs(60);

/// Followers that wait for one session, at most; the one that has waited longest goes first.
const PER_SESSION: usize = 8;

type Key = (SessionKey, String);

#[derive(Debug, Default)]
pub struct Parking {
    waiting: Mutex<HashMap<Key, (Parked, Instant)>>,
}

/// A follower, and the presence of its person.
#[derive(Debug)]
pub struct Parked {
    pub follower: Follower,
    pub present: Option<Present>,
}

/// A follower in use. When this is dropped, also because the client went away, the follower waits for the next poll.
#[derive(Debug)]
pub struct Borrowed {
    parked: Option<Parked>,
    key: Key,
    parking: Arc<Parking>,
}

impl Parking {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (Parked, Instant)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The follower that waits for this client, if there is one.
    pub fn take(self: &Arc<Self>, session: SessionKey, client: &str) -> Option<Borrowed> {
        let key = (session, client.to_owned());
        let (parked, _) = self.lock().remove(&key)?;
        Some(Borrowed { parked: Some(parked), key, parking: self.clone() })
    }

    /// A new follower that will wait for this client.
    pub fn lend(self: &Arc<Self>, session: SessionKey, client: &str, parked: Parked) -> Borrowed {
        Borrowed { parked: Some(parked), key: (session, client.to_owned()), parking: self.clone() }
    }

    /// Drops followers that nobody came back for.
    pub fn sweep(&self) {
        let now = Instant::now();
        let gone: Vec<Parked> = self.take_out(|_, since| now - since > KEEP);
        // Dropped here, without the lock.
        drop(gone);
    }

    /// Drops everything, at shutdown.
    pub fn clear(&self) {
        drop(self.take_out(|_, _| true));
    }

    fn take_out(&self, goes: impl Fn(&Key, Instant) -> bool) -> Vec<Parked> {
        let mut waiting = self.lock();
        waiting.extract_if(|key, (_, since)| goes(key, *since)).map(|(_, (parked, _))| parked).collect()
    }

    fn park(&self, key: Key, parked: Parked) {
        let mut waiting = self.lock();
        let own = waiting.iter().filter(|((session, _), _)| *session == key.0);
        let own: Vec<(Key, Instant)> = own.map(|(key, (_, since))| (key.clone(), *since)).collect();
        let oldest = own.iter().min_by_key(|(_, since)| *since).filter(|_| own.len() >= PER_SESSION);
        let dropped = oldest.and_then(|(oldest, _)| waiting.remove(oldest));
        let replaced = waiting.insert(key, (parked, Instant::now()));
        drop(waiting);
        drop((dropped, replaced));
    }
}

impl Deref for Borrowed {
    type Target = Parked;

    fn deref(&self) -> &Parked {
        self.parked.as_ref().expect("it is taken out only when this is dropped")
    }
}

impl DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut Parked {
        self.parked.as_mut().expect("it is taken out only when this is dropped")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(parked) = self.parked.take() {
            self.parking.park(self.key.clone(), parked);
        }
    }
}
