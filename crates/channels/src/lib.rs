//! Rooms for sockets, after Django Channels, for any axum service.
//!
//! Two pieces stand here today:
//!
//! - [`websocket`]: a WebSocket connection that queues frames and sends them in one write.
//! - [`groups`]: who listens to what in this process. A message to a group is put into the bounded
//!   [`Mailbox`](groups::Mailbox) of each member without waiting for any of them; a member that does not
//!   keep up is told that it is *behind* instead of growing memory.
//!
//! ```
//! use std::sync::Arc;
//! use channels::groups::{Groups, Mail, Mailbox, Weight};
//!
//! #[derive(Clone, PartialEq, Debug)]
//! struct Text(&'static str);
//! impl Weight for Text {
//!     fn weight(&self) -> usize { self.0.len() }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let groups = Groups::new();
//! let mailbox = Arc::new(Mailbox::new(1024));
//! groups.group_add("lobby", &mailbox);
//! groups.group_send(&"lobby", &Text("hello"));
//! assert_eq!(mailbox.receive().await, Mail::Message(Text("hello")));
//! # });
//! ```

pub mod groups;
pub mod websocket;
