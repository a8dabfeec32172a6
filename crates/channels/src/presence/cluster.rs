//! What one node does with what it hears and when time passes. Nothing here waits; the task does what is decided.

use std::collections::HashMap;

use tokio::sync::broadcast;
use tokio::time::Instant;
use tracing::{info, warn};

use super::changes::{BATCHES, Batch};
use super::node::Node;
use super::notice::{Body, Notice};
use super::options::{PresenceError, PresenceOptions};
use super::roster::Roster;
use super::table::Entry;

/// One more node is not listened to.
const MAX_NODES: usize = 1_024;

/// So many nodes are asked at a time, so that their answers fit in a channel.
const ASKED_AT_ONCE: usize = 8;

/// What the task does next.
#[derive(Debug)]
pub(super) enum Action {
    /// Adds the channel to the group of all nodes, which the layer seems to have forgotten.
    Join,
    Tell(Notice),
    Answer {
        channel: String,
        notice: Notice,
    },
}

/// This node and what it knows of the others.
#[derive(Debug)]
pub(super) struct Cluster {
    id: String,
    channel: String,
    options: PresenceOptions,
    roster: Roster,
    nodes: HashMap<String, Node>,
    /// It was logged that there are too many nodes.
    is_full: bool,
    /// Is there until presence ends.
    readers: Option<broadcast::Sender<Batch>>,
    /// When this node last heard itself through the layer.
    heard_itself: Instant,
    /// The others are to tell their versions.
    is_new: bool,
    /// When the last heartbeat was told, and when the next one is due.
    beat: Option<Instant>,
    beat_due: Instant,
    sweep_due: Instant,
    /// When the changes that are being collected are told.
    tell_due: Option<Instant>,
}

impl Cluster {
    pub(super) fn new(id: String, channel: String, options: PresenceOptions, now: Instant) -> Self {
        Self {
            id,
            channel,
            roster: Roster::new(options.max_entries),
            options,
            nodes: HashMap::new(),
            is_full: false,
            readers: Some(broadcast::Sender::new(BATCHES)),
            heard_itself: now,
            is_new: true,
            beat: None,
            beat_due: now,
            sweep_due: now,
            tell_due: None,
        }
    }

    pub(super) fn roster(&mut self) -> &mut Roster {
        &mut self.roster
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Batch> {
        match &self.readers {
            Some(readers) => readers.subscribe(),
            None => broadcast::Sender::new(1).subscribe(),
        }
    }

    pub(super) fn enter(&mut self, group: &str, key: &str) -> Result<Entry, PresenceError> {
        if self.readers.is_none() {
            return Err(PresenceError::Stopped);
        }
        let limit = self.options.max_entries;
        let entry = self.roster.enter(group, key).ok_or(PresenceError::LimitReached { limit })?;
        self.collect(Instant::now());
        Ok(entry)
    }

    pub(super) fn leave(&mut self, entry: &Entry) {
        self.roster.leave(entry);
        self.collect(Instant::now());
    }

    /// The end: nobody is known any more. The answer tells the others.
    pub(super) fn end(&mut self) -> Action {
        self.roster = Roster::new(0);
        self.nodes.clear();
        self.readers = None;
        Action::Tell(self.notice(Body::Leave))
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Instant {
        self.tell_due.into_iter().fold(self.beat_due.min(self.sweep_due), Instant::min)
    }

    pub(super) fn hear(&mut self, notice: Notice, now: Instant) -> Vec<Action> {
        let Notice { node: id, channel, version, body } = notice;
        if id == self.id {
            self.heard_itself = now;
            return Vec::new();
        }
        if let Body::Leave = body {
            self.forget(&id, "left");
            self.collect(now);
            return Vec::new();
        }
        if !self.nodes.contains_key(&id) {
            if self.nodes.len() >= MAX_NODES {
                if !std::mem::replace(&mut self.is_full, true) {
                    warn!(presence.node = %id, "presence knows {MAX_NODES} nodes and does not listen to {id}");
                }
                return Vec::new();
            }
            info!(presence.node = %id, "presence meets node {id}");
        }
        let node = self.nodes.entry(id).or_insert_with(|| Node::new(channel, now));
        node.heard(version, now);
        let mut actions = Vec::new();
        match body {
            Body::Heartbeat | Body::Leave => {}
            Body::Hello => self.beat_soon(now),
            Body::Diff { joined, left } => node.apply_diff(&mut self.roster, version, &joined, &left),
            Body::State { after, entries, more } => {
                node.apply_state(&mut self.roster, version, after, &entries, more);
            }
            Body::Ask { after } => {
                let channel = node.channel.clone();
                // The answer holds what is not told yet, so the others learn it now, too.
                actions = self.diffs();
                actions.push(Action::Answer { channel, notice: self.notice(self.roster.state_after(after)) });
            }
        }
        self.catch_up(now, &mut actions);
        self.collect(now);
        actions
    }

    /// Messages for this node were lost.
    pub(super) fn fall_behind(&mut self, now: Instant) {
        self.is_new = true;
        self.beat_soon(now);
    }

    /// Does what is due.
    pub(super) fn act(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.sweep_due <= now {
            self.sweep_due = now + self.options.heartbeat / 4;
            self.sweep(now);
            self.catch_up(now, &mut actions);
        }
        if self.tell_due.is_some_and(|due| due <= now) {
            self.tell_due = None;
            actions.extend(self.diffs());
            if let Some(readers) = &self.readers {
                self.roster.tell(readers);
            }
        }
        if self.beat_due <= now {
            self.beat_due = now + self.options.heartbeat;
            self.beat = Some(now);
            let is_deaf = self.is_deaf(now);
            if is_deaf {
                actions.push(Action::Join);
            }
            let is_new = std::mem::take(&mut self.is_new) || is_deaf;
            actions.push(Action::Tell(self.notice(if is_new { Body::Hello } else { Body::Heartbeat })));
        }
        actions
    }

    /// Ends the nodes that are silent, unless it is this one that hears nothing: then it can not tell who is gone.
    fn sweep(&mut self, now: Instant) {
        if self.is_deaf(now) {
            self.nodes.values_mut().for_each(|node| node.heard = now);
        }
        let silence = |node: &Node| now.saturating_duration_since(node.heard);
        let silent = self.nodes.iter().filter(|(_, node)| silence(node) >= self.options.timeout);
        let silent: Vec<_> = silent.map(|(id, _)| id.clone()).collect();
        silent.iter().for_each(|id| self.forget(id, "is silent"));
        if let Some(asked_before) = now.checked_sub(self.options.heartbeat) {
            self.nodes.values_mut().for_each(|node| node.give_up(asked_before));
        }
        self.collect(now);
    }

    /// Whether not even the own heartbeats come back from the layer. One of them may be late.
    fn is_deaf(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard_itself) > self.options.heartbeat.mul_f32(1.5)
    }

    fn forget(&mut self, id: &str, why: &str) {
        if let Some(node) = self.nodes.remove(id) {
            info!(presence.node = %id, "presence forgets node {id}: it {why}");
            node.end(&mut self.roster);
            self.is_full = false;
        }
    }

    /// Asks those nodes of which something is missing.
    fn catch_up(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.nodes.values_mut().for_each(|node| node.check(&self.roster));
        let free = ASKED_AT_ONCE.saturating_sub(self.nodes.values().filter(|node| node.is_asked()).count());
        let asks = self.nodes.values_mut().filter_map(|node| Some((node.ask(now)?, node.channel.clone())));
        let asks: Vec<_> = asks.take(free).collect();
        actions.extend(asks.into_iter().map(|(after, channel)| {
            let notice = self.notice(Body::Ask { after });
            Action::Answer { channel, notice }
        }));
    }

    /// A heartbeat follows at once, but not sooner after the last one than changes are collected for.
    fn beat_soon(&mut self, now: Instant) {
        let earliest = self.beat.map_or(now, |beat| beat + self.options.collect);
        self.beat_due = self.beat_due.min(earliest.max(now));
    }

    fn collect(&mut self, now: Instant) {
        if self.tell_due.is_none() && self.roster.has_news() {
            self.tell_due = Some(now + self.options.collect);
        }
    }

    fn diffs(&mut self) -> Vec<Action> {
        let diffs = self.roster.take_diffs();
        diffs.into_iter().map(|(version, body)| Action::Tell(Notice { version, ..self.notice(body) })).collect()
    }

    fn notice(&self, body: Body) -> Notice {
        let version = self.roster.version();
        Notice { node: self.id.clone(), channel: self.channel.clone(), version, body }
    }
}
