//! Where nodes are drawn. It changes nothing about how an order runs.

use serde::{Deserialize, Serialize, Serializer};

/// The middle of a node, written `[x, y]`: pixels to the right and down, at most [`super::bounds::DISTANCE`] either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Position(
    /// To the right.
    pub i32,
    /// Down.
    pub i32,
);

impl Serialize for Position {
    /// On one line: in YAML a list takes a line for each entry otherwise.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_saphyr::FlowSeq([self.0, self.1]).serialize(serializer)
    }
}
