//! The members of one group, and what waits for them.

use std::sync::{Arc, Mutex};

use super::{Framed, Member, Run, lock};
use crate::mailbox::Weight;
use crate::websocket::Variant;

/// Members that get a run before others may use the thread.
const STRIDE: usize = 256;

/// A variant of a frame that fewer members need is not made; they get the plain frame.
const COMPRESS_FOR: u32 = 8;

pub(super) struct Group<M> {
    state: Mutex<State<M>>,
}

struct State<M> {
    /// A member keeps its place for as long as it stays, so that a run that is under way meets everybody once.
    places: Vec<Option<Arc<dyn Member<M>>>>,
    free: Vec<u32>,
    variants: [u32; Variant::COUNT],
    waiting: Vec<M>,
    weight: usize,
    /// Messages were dropped, because `waiting` was full.
    behind: bool,
    /// Somebody delivers; what comes meanwhile waits.
    delivering: bool,
}

/// What became of a message that was put to the others.
pub(super) struct Queued {
    pub members: usize,
    /// Nobody delivers: whoever has put it there has to.
    pub is_first: bool,
}

/// Who has left a group.
pub(super) struct Departed<M> {
    /// To be dropped after all locks: that may end a connection.
    pub member: Option<Arc<dyn Member<M>>>,
    pub was_last: bool,
}

impl<M> State<M> {
    fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

impl<M> Group<M> {
    pub fn new() -> Arc<Self> {
        let state = State {
            places: Vec::new(),
            free: Vec::new(),
            variants: [0; Variant::COUNT],
            waiting: Vec::new(),
            weight: 0,
            behind: false,
            delivering: false,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    pub fn len(&self) -> usize {
        lock(&self.state).len()
    }

    /// Answers the member's place.
    pub fn add(&self, member: Arc<dyn Member<M>>, variant: Variant) -> u32 {
        let mut state = lock(&self.state);
        let place = match state.free.pop() {
            Some(place) => place,
            None => {
                if state.places.is_empty() {
                    // Most groups have one member for as long as they are there.
                    state.places.reserve_exact(1);
                }
                state.places.push(None);
                (state.places.len() - 1) as u32
            }
        };
        state.places[place as usize] = Some(member);
        state.variants[variant.index()] += 1;
        place
    }

    pub fn remove(&self, place: u32, variant: Variant) -> Departed<M> {
        let mut state = lock(&self.state);
        let member = state.places[place as usize].take();
        state.free.push(place);
        state.variants[variant.index()] -= 1;
        Departed { member, was_last: state.len() == 0 }
    }
}

impl<M: Framed + Weight> Group<M> {
    /// Puts a message to those that wait. When they would weigh more than `capacity`, they are dropped before it.
    pub fn queue(&self, message: M, capacity: usize) -> Queued {
        let mut state = lock(&self.state);
        let weight = message.weight();
        if !state.waiting.is_empty() && state.weight + weight > capacity {
            // What has no weight is never dropped.
            state.waiting.retain(|message| message.weight() == 0);
            state.weight = 0;
            state.behind = true;
        }
        state.weight += weight;
        state.waiting.push(message);
        let is_first = !std::mem::replace(&mut state.delivering, true);
        Queued { members: state.len(), is_first }
    }

    /// Delivers what waits, with breaks for others, until nothing does.
    pub async fn deliver(&self) {
        while let Some(run) = self.next_run() {
            let mut members = Vec::with_capacity(STRIDE);
            let mut place = 0;
            loop {
                let next = self.members(place, &mut members);
                members.drain(..).for_each(|member| member.deliver(&run));
                if next == place {
                    break;
                }
                place = next;
                tokio::task::yield_now().await;
            }
        }
    }

    /// Delivers one message to all members at once, before what waits.
    pub fn deliver_now(&self, message: M) {
        let run = Run::new(vec![message], false, [false; Variant::COUNT]);
        let mut members = Vec::new();
        let mut place = 0;
        loop {
            let next = self.members(place, &mut members);
            members.drain(..).for_each(|member| member.deliver(&run));
            if next == place {
                return;
            }
            place = next;
        }
    }

    /// What waits now. `None`: nothing does, and whoever sends next delivers.
    fn next_run(&self) -> Option<Run<M>> {
        let mut state = lock(&self.state);
        if state.waiting.is_empty() {
            state.delivering = false;
            state.waiting = Vec::new();
            return None;
        }
        state.weight = 0;
        let behind = std::mem::take(&mut state.behind);
        let compress = state.variants.map(|members| members >= COMPRESS_FOR);
        Some(Run::new(std::mem::take(&mut state.waiting), behind, compress))
    }

    /// The members from a place on, [`STRIDE`] at most. Empty after the last one.
    fn members(&self, from: usize, members: &mut Vec<Arc<dyn Member<M>>>) -> usize {
        let state = lock(&self.state);
        let to = state.places.len().min(from + STRIDE);
        members.extend(state.places[from.min(to)..to].iter().flatten().cloned());
        to
    }
}
