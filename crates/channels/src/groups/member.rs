//! Who can be in a group: a socket, a mailbox, or what a caller makes.

use super::Run;
use crate::mailbox::{Mailbox, Weight};
use crate::websocket::{Frame, SendError, Sender, Variant};

/// Who gets a group's messages. Called in the group's task, so it never waits and is quick.
pub trait Member<M>: Send + Sync {
    fn deliver(&self, run: &Run<M>);

    /// The form of frames that this member takes.
    fn variant(&self) -> Variant {
        Variant::PLAIN
    }
}

impl Member<Frame> for Sender {
    fn deliver(&self, run: &Run<Frame>) {
        if run.is_behind() {
            self.fall_behind();
        }
        if !self.is_behind() && self.send_bytes(run.bytes(self.variant())) == Err(SendError::Behind) {
            self.fall_behind();
        }
    }

    fn variant(&self) -> Variant {
        Sender::variant(self)
    }
}

impl Weight for Frame {
    fn weight(&self) -> usize {
        self.as_bytes().len()
    }
}

impl<M: Weight + Clone + Send> Member<M> for Mailbox<M> {
    fn deliver(&self, run: &Run<M>) {
        if run.is_behind() {
            self.fall_behind();
        }
        run.messages().iter().cloned().for_each(|message| self.send(message));
    }
}
