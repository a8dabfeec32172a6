use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::key::{Key, PublicKey};
use crate::chain::{self, Hash};

/// What every checkpoint says it is, so that its signature means nothing anywhere else.
pub const FORMAT: &str = "countersign-checkpoint-1";

/// Where chains end, as it stands in a file of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub format: String,
    /// 1, 2, 3 … in each file.
    pub number: u64,
    pub at: i64,
    /// The public key that it is signed with.
    pub key: String,
    /// The hash of the checkpoint before it, in hexadecimal digits; zeros before the first.
    pub previous: String,
    pub heads: Vec<Head>,
}

/// The last entry of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub room: i64,
    pub seq: i64,
    pub hash: String,
}

/// A line of the file. The checkpoint is kept as its text, for that is what is signed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    checkpoint: Box<RawValue>,
    signature: String,
}

impl Signed {
    pub fn new(checkpoint: &Checkpoint, key: &Key) -> Self {
        let checkpoint =
            serde_json::value::to_raw_value(checkpoint).expect("a checkpoint has string keys and no failing parts");
        Self { signature: key.sign(checkpoint.get()), checkpoint }
    }

    /// Nothing when the line is no checkpoint of this format.
    pub fn parse(line: &str) -> Option<(Self, Checkpoint)> {
        let signed: Self = serde_json::from_str(line).ok()?;
        let checkpoint: Checkpoint = serde_json::from_str(signed.checkpoint.get()).ok()?;
        (checkpoint.format == FORMAT).then_some((signed, checkpoint))
    }

    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a signed checkpoint has string keys and no failing parts") + "\n"
    }

    /// What the next checkpoint calls `previous`.
    pub fn hash(&self) -> Hash {
        chain::payload(self.checkpoint.get())
    }

    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(self.checkpoint.get(), &self.signature)
    }
}
