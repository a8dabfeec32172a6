//! Which channels of this process are in which group.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::super::{LayerError, Message};
use super::channel::Lapse;
use super::{Delivery, Local, lock, reserve};

/// The members of one group, and when each was last added.
#[derive(Debug, Default)]
pub(super) struct Group(HashMap<Arc<str>, Instant>);

impl Group {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Local {
    /// Adds a channel to a group. Answers whether it was not a member before.
    pub(in super::super) fn group_add(&self, group: &str, channel: &str) -> Result<bool, LayerError> {
        let (channel, group) = (Arc::<str>::from(channel), Arc::<str>::from(group));
        // The channel is made first: its own limit may refuse it.
        self.with_channel(&channel, |state, _| state.groups.insert(group.clone()))?;
        let mut shard = lock(self.group_shard(&group));
        let members = &mut shard.entry(group.clone()).or_default().0;
        if let Some(joined) = members.get_mut(&channel) {
            *joined = Instant::now();
            return Ok(false);
        }
        if let Err(refused) = reserve(&self.membership_count, "memberships in groups", self.options.max_memberships) {
            if members.is_empty() {
                shard.remove(&group);
            }
            drop(shard);
            self.forget_group(&group, &channel);
            return Err(refused);
        }
        members.insert(channel, Instant::now());
        Ok(true)
    }

    /// Takes a channel out of a group. Answers whether the group lost its last member by that.
    pub(in super::super) fn group_discard(&self, group: &str, channel: &str) -> bool {
        self.forget_group(group, channel);
        self.remove_member(group, channel)
    }

    /// Queues a message for every member of a group. A member that is full is told that it is behind.
    pub(in super::super) fn group_send(&self, group: &str, message: &Arc<Message>) {
        let now = Instant::now();
        self.sweep_when_due(now);
        let members: Vec<_> = match lock(self.group_shard(group)).get(group) {
            Some(group) => group.0.iter().map(|(channel, joined)| (channel.clone(), *joined)).collect(),
            None => return,
        };
        for (channel, joined) in members {
            if self.is_expired_membership(joined, now) && !self.renew_if_read(group, &channel, joined, now) {
                continue;
            }
            self.offer(group, &channel, message.clone(), now);
        }
    }

    /// Tells every member of a group that it is behind.
    pub(in super::super) fn group_behind(&self, group: &str) {
        let members: Vec<_> = match lock(self.group_shard(group)).get(group) {
            Some(group) => group.0.keys().cloned().collect(),
            None => return,
        };
        for channel in members {
            if let Some(state) = lock(self.channel_shard(&channel)).get_mut(&channel) {
                state.tell_behind();
            }
        }
    }

    pub(in super::super) fn has_members(&self, group: &str) -> bool {
        lock(self.group_shard(group)).contains_key(group)
    }

    /// The groups that have members in this process.
    pub(in super::super) fn groups(&self) -> Vec<Arc<str>> {
        self.groups.iter().flat_map(|shard| lock(shard).keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// Queues a message of a group for one member, unless its memberships just ended.
    fn offer(&self, group: &str, name: &Arc<str>, message: Arc<Message>, now: Instant) {
        let mut shard = lock(self.channel_shard(name));
        let Some(channel) = shard.get_mut(name) else { return };
        let lapse = self.drop_expired(channel, now);
        let is_member = lapse.is_none() && channel.groups.contains(group);
        if is_member && self.push(name, channel, message, now).delivery == Delivery::Full {
            channel.tell_behind();
        }
        drop(shard);
        self.end_memberships(name, lapse);
    }

    fn is_expired_membership(&self, joined: Instant, now: Instant) -> bool {
        now.saturating_duration_since(joined) >= self.options.group_expiry
    }

    /// A membership that has expired goes on when somebody reads the channel. Answers whether it does.
    fn renew_if_read(&self, group: &str, channel: &Arc<str>, joined: Instant, now: Instant) -> bool {
        let is_read = match lock(self.channel_shard(channel)).get_mut(channel) {
            Some(state) if state.is_read(now, self.options.expiry) => true,
            Some(state) => {
                state.groups.remove(group);
                false
            }
            None => false,
        };
        let mut shard = lock(self.group_shard(group));
        let Some(members) = shard.get_mut(group).map(|group| &mut group.0) else { return false };
        if is_read {
            members.entry(channel.clone()).and_modify(|joined| *joined = now);
        } else if members.get(channel) == Some(&joined) {
            members.remove(channel);
            self.membership_count.fetch_sub(1, Ordering::Relaxed);
            if members.is_empty() {
                shard.remove(group);
            }
        }
        is_read
    }

    /// Ends the memberships of a channel in which a message expired, but not those that began after that.
    pub(super) fn end_memberships(&self, channel: &str, lapse: Option<Lapse>) {
        let Some(lapse) = lapse else { return };
        for group in lapse.groups {
            self.remove_member_if(&group, channel, |joined| joined < lapse.at);
        }
    }

    pub(super) fn remove_member(&self, group: &str, channel: &str) -> bool {
        self.remove_member_if(group, channel, |_| true)
    }

    fn remove_member_if(&self, group: &str, channel: &str, condition: impl FnOnce(Instant) -> bool) -> bool {
        let mut shard = lock(self.group_shard(group));
        let Some(members) = shard.get_mut(group).map(|group| &mut group.0) else { return false };
        if !members.get(channel).copied().is_some_and(condition) {
            return false;
        }
        members.remove(channel);
        self.membership_count.fetch_sub(1, Ordering::Relaxed);
        let emptied = members.is_empty();
        if emptied {
            shard.remove(group);
        }
        emptied
    }

    fn forget_group(&self, group: &str, channel: &str) {
        if let Some(state) = lock(self.channel_shard(channel)).get_mut(channel) {
            state.groups.remove(group);
        }
    }

    /// Ends the memberships of one shard that have expired and that nobody reads.
    pub(super) fn sweep_groups(&self, shard: usize, now: Instant) {
        let mut expired = Vec::new();
        for (name, group) in lock(&self.groups[shard]).iter() {
            let members = group.0.iter().filter(|(_, joined)| self.is_expired_membership(**joined, now));
            expired.extend(members.map(|(channel, joined)| (name.clone(), channel.clone(), *joined)));
        }
        for (group, channel, joined) in expired {
            self.renew_if_read(&group, &channel, joined, now);
        }
    }
}
