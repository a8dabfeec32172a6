//! Groups: sorted sets of channel names, scored with the time of joining.
//!
//! However many channels of this process are in a group, Redis holds one member: the process' own name for the group,
//! `specific.<hex>!group.<name>`. A Python process finds it among the members and puts the message into the mailbox of
//! this process with that name in the list of addressees; the receive loop hands it to the members here.

use std::collections::BTreeMap;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult};
use tokio::time::Instant;
use tracing::warn;

use super::super::super::{LayerError, Message, check_channel_name, check_group_name, non_local_name};
use super::super::codec::Addressee;
use super::super::supervisor::lock;
use super::Core;
use super::scripts::Letter;

/// What follows the `!` in the name that stands for all members of a group in a process.
const GROUP_MARK: &str = "group.";

/// At most this many groups are renewed in one round trip.
const GROUPS_AT_ONCE: usize = 256;

impl Core {
    pub(super) async fn group_add(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        check_group_name(group)?;
        check_channel_name(channel)?;
        if non_local_name(channel) != self.process {
            return self.links.link_of(group).run(&self.join_command(group, channel)).await;
        }
        let is_new = self.local.group_add(group, channel)?;
        if lock(&self.joined).contains(group) {
            return Ok(());
        }
        let joined = self.join(group).await;
        if joined.is_err() && is_new {
            self.local.group_discard(group, channel);
        }
        joined
    }

    pub(super) async fn group_discard(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        if non_local_name(channel) != self.process {
            let mut leave = Pipeline::new();
            leave.zrem(self.group_key(group), channel);
            return self.links.link_of(group).run(&leave).await;
        }
        if self.local.group_discard(group, channel) { self.leave(group).await } else { Ok(()) }
    }

    pub(super) async fn group_send(&self, group: &str, message: Message) -> Result<(), LayerError> {
        check_group_name(group)?;
        message.check()?;
        let members = self.members(group).await?;
        let mut unreachable = None;
        for (shard, letters) in self.letters(members, &message)? {
            match self.post(shard, &letters).await {
                Ok(full) => self.local.count_dropped(full),
                Err(error) => unreachable = Some(error),
            }
        }
        unreachable.map_or(Ok(()), Err)
    }

    /// Tells Redis that this process is in the group.
    async fn join(&self, group: &str) -> Result<(), LayerError> {
        let command = self.join_command(group, &self.member_name(group));
        self.links.link_of(group).run::<()>(&command).await?;
        lock(&self.joined).insert(group.into());
        Ok(())
    }

    /// Tells Redis that this process is in the group no more.
    pub(super) async fn leave(&self, group: &str) -> Result<(), LayerError> {
        if !lock(&self.joined).remove(group) {
            return Ok(());
        }
        let mut command = Pipeline::new();
        command.zrem(self.group_key(group), self.member_name(group));
        self.links.link_of(group).run::<()>(&command).await?;
        if self.local.has_members(group) {
            // Somebody joined while the process left, and may have missed what was sent in between.
            self.join(group).await?;
            self.local.group_behind(group);
        }
        Ok(())
    }

    /// Leaves every group, as far as Redis can be reached.
    pub(super) async fn leave_all(&self) {
        let joined: Vec<_> = lock(&self.joined).drain().collect();
        for groups in joined.chunks(GROUPS_AT_ONCE) {
            for (shard, link) in self.links.iter().enumerate() {
                let mut leave = Pipeline::new();
                for group in groups.iter().filter(|group| self.links.shard_of(group) == shard) {
                    leave.zrem(self.group_key(group), self.member_name(group));
                }
                if !leave.is_empty()
                    && let Err(error) = link.run::<()>(&leave).await
                {
                    warn!(%error, "the groups were not left and end with their expiry");
                }
            }
        }
    }

    /// Tells an instance again which of its groups this process is in.
    pub(super) async fn rejoin(&self, shard: usize, commands: &MultiplexedConnection) -> RedisResult<()> {
        let groups = self.local.groups();
        let groups: Vec<_> = groups.into_iter().filter(|group| self.links.shard_of(group) == shard).collect();
        let mut commands = commands.clone();
        for groups in groups.chunks(GROUPS_AT_ONCE) {
            let mut pipeline = Pipeline::new();
            for group in groups {
                self.add_join(&mut pipeline, group, &self.member_name(group));
            }
            pipeline.query_async::<()>(&mut commands).await?;
            lock(&self.joined).extend(groups.iter().cloned());
        }
        Ok(())
    }

    /// Renews the memberships long before they expire, and ends those that nobody here has any more.
    pub(super) async fn renew_when_due(&self) {
        let now = Instant::now();
        {
            let mut renewal = lock(&self.renewal);
            if now < *renewal {
                return;
            }
            *renewal = now + self.local.options().group_expiry / 2;
        }
        let left: Vec<Arc<str>> =
            lock(&self.joined).iter().filter(|group| !self.local.has_members(group)).cloned().collect();
        for group in left {
            // An instance that is out of reach is told again when it is back.
            let _ = self.leave(&group).await;
        }
        for (shard, link) in self.links.iter().enumerate() {
            if let Ok(commands) = link.commands().await {
                let _ = link.answer(self.rejoin(shard, &commands)).await;
            }
        }
    }

    /// The group that stands behind a name of this process.
    pub(super) fn group_of_member<'a>(&self, member: &'a str) -> Option<&'a str> {
        member.strip_prefix(&self.process)?.strip_prefix(GROUP_MARK)
    }

    fn member_name(&self, group: &str) -> String {
        format!("{}{GROUP_MARK}{group}", self.process)
    }

    fn join_command(&self, group: &str, member: &str) -> Pipeline {
        let mut pipeline = Pipeline::new();
        self.add_join(&mut pipeline, group, member);
        pipeline
    }

    fn add_join(&self, pipeline: &mut Pipeline, group: &str, member: &str) {
        let key = self.group_key(group);
        pipeline.zadd(&key, member, self.stamp()).ignore();
        pipeline.expire(&key, self.group_expiry_seconds as i64).ignore();
    }

    async fn members(&self, group: &str) -> Result<Vec<Vec<u8>>, LayerError> {
        let key = self.group_key(group);
        let expired = (self.stamp() as u64).saturating_sub(self.group_expiry_seconds);
        let mut pipeline = Pipeline::new();
        pipeline.zrembyscore(&key, 0, expired).ignore();
        pipeline.zrange(&key, 0, -1);
        let (members,) = self.links.link_of(group).run(&pipeline).await?;
        Ok(members)
    }

    /// One letter for each mailbox in which members have their channels, by instance.
    fn letters(&self, members: Vec<Vec<u8>>, message: &Message) -> Result<BTreeMap<usize, Vec<Letter>>, LayerError> {
        let mut mailboxes = BTreeMap::<String, Vec<String>>::new();
        // What is no text is no channel of anybody.
        for member in members.into_iter().filter_map(|member| String::from_utf8(member).ok()) {
            mailboxes.entry(non_local_name(&member).to_owned()).or_default().push(member);
        }
        let mut letters = BTreeMap::<usize, Vec<Letter>>::new();
        for (mailbox, members) in mailboxes {
            let capacity = members.iter().map(|member| self.local.options().capacity_of(member)).max();
            letters.entry(self.links.shard_of(&mailbox)).or_default().push(Letter {
                key: self.mailbox_key(&mailbox),
                capacity: capacity.unwrap_or_default(),
                payload: self.codec.encode_for(Addressee::Members(members), message.clone())?,
            });
        }
        Ok(letters)
    }
}
