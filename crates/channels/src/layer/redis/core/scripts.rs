//! What runs inside Redis.

use std::sync::LazyLock;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Script};

use super::super::super::LayerError;
use super::Core;

/// At most this many mailboxes, and about this many bytes, go into one run of the script.
const MAX_LETTERS: usize = 256;
const MAX_BYTES: usize = 8 << 20;

/// How many keys one step of a scan looks at.
const SCAN_COUNT: usize = 1_000;

/// Puts a payload into each mailbox that is not full. Answers how many were full.
///
/// KEYS: mailboxes. ARGV: the score before which messages are expired, the score of the new ones, the expiry in
/// seconds, then capacity and payload for each mailbox.
static POST: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local full = 0
        for i, key in ipairs(KEYS) do
            redis.call('ZREMRANGEBYSCORE', key, 0, ARGV[1])
            if redis.call('ZCARD', key) < tonumber(ARGV[2 + 2 * i]) then
                redis.call('ZADD', key, ARGV[2], ARGV[3 + 2 * i])
                redis.call('EXPIRE', key, ARGV[3])
            else
                full = full + 1
            end
        end
        return full",
    )
});

/// A payload for one mailbox.
pub(super) struct Letter {
    pub(super) key: String,
    pub(super) capacity: usize,
    pub(super) payload: Vec<u8>,
}

impl Core {
    /// Puts letters into their mailboxes, all of one instance. Answers how many were full.
    pub(super) async fn post(&self, shard: usize, letters: &[Letter]) -> Result<u64, LayerError> {
        let link = self.links.get(shard);
        let mut full = 0;
        let mut rest = letters;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_length(rest));
            rest = later;
            let now = self.stamp();
            let mut invocation = POST.prepare_invoke();
            invocation.arg(now as u64 - self.expiry_seconds.min(now as u64)).arg(now).arg(self.expiry_seconds);
            for letter in batch {
                invocation.key(&letter.key).arg(letter.capacity).arg(&letter.payload);
            }
            let mut connection = link.commands().await?;
            full += link.answer(invocation.invoke_async::<u64>(&mut connection)).await?;
        }
        Ok(full)
    }
}

/// How many of these letters go into the next run: at least one.
fn batch_length(letters: &[Letter]) -> usize {
    let mut bytes = 0;
    let fits = letters.iter().take(MAX_LETTERS).take_while(|letter| {
        bytes += letter.payload.len();
        bytes <= MAX_BYTES
    });
    fits.count().max(1)
}

/// Deletes every key that begins with the prefix.
pub(super) async fn delete_all(connection: &mut MultiplexedConnection, prefix: &str) -> RedisResult<()> {
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(format!("{prefix}*"))
            .arg("COUNT")
            .arg(SCAN_COUNT)
            .query_async(connection)
            .await?;
        if !keys.is_empty() {
            redis::cmd("UNLINK").arg(keys).query_async::<()>(connection).await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}
