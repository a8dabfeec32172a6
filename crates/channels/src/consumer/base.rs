//! What the contexts of all consumers have.

use std::sync::{Arc, OnceLock};

use super::ContextError;
use crate::layer::{LayerError, Message, SharedLayer};
use crate::scope::Scope;

/// A consumer's request, and its channel. Clones share both.
#[derive(Clone)]
pub(crate) struct Base {
    pub scope: Arc<Scope>,
    channel: Option<Arc<Channel>>,
}

/// A channel that is made when somebody first asks for its name: many consumers never do.
struct Channel {
    layer: SharedLayer,
    name: OnceLock<String>,
}

impl Base {
    /// The endpoint's layer goes before the one that a router has put into the request.
    pub fn new(mut scope: Scope, layer: Option<SharedLayer>) -> Self {
        let layer = layer.or_else(|| scope.take());
        let channel = layer.map(|layer| Arc::new(Channel { layer, name: OnceLock::new() }));
        Self { scope: Arc::new(scope), channel }
    }

    pub fn layer(&self) -> Result<&SharedLayer, ContextError> {
        self.channel.as_ref().map(|channel| &channel.layer).ok_or(ContextError::NoLayer)
    }

    pub fn channel_name(&self) -> Result<&str, ContextError> {
        let channel = self.channel.as_ref().ok_or(ContextError::NoLayer)?;
        Ok(channel.name.get_or_init(|| channel.layer.new_channel()))
    }

    /// The layer and the channel, when there is one by now.
    pub fn channel(&self) -> Option<(&SharedLayer, &str)> {
        let channel = self.channel.as_ref()?;
        Some((&channel.layer, channel.name.get()?))
    }

    pub async fn group_add(&self, group: &str) -> Result<(), ContextError> {
        let name = self.channel_name()?;
        Ok(self.layer()?.group_add(group, name).await?)
    }

    pub async fn group_discard(&self, group: &str) -> Result<(), ContextError> {
        match self.channel() {
            Some((layer, name)) => Ok(layer.group_discard(group, name).await?),
            None => Ok(()),
        }
    }

    pub async fn group_send(&self, group: &str, message: Message) -> Result<(), ContextError> {
        Ok(self.layer()?.group_send(group, message).await?)
    }

    pub async fn send_to(&self, channel: &str, message: Message) -> Result<(), ContextError> {
        Ok(self.layer()?.send(channel, message).await?)
    }

    /// Leaves all groups and forgets the channel.
    pub async fn close_channel(&self) -> Result<(), LayerError> {
        match self.channel() {
            Some((layer, name)) => layer.close_channel(name).await,
            None => Ok(()),
        }
    }
}

/// The methods that all contexts share; each has a field `base`.
macro_rules! context_methods {
    () => {
        /// The request.
        pub fn scope(&self) -> &$crate::scope::Scope {
            &self.base.scope
        }

        /// The channel layer.
        ///
        /// # Errors
        /// [`ContextError::NoLayer`](crate::consumer::ContextError::NoLayer)
        pub fn layer(&self) -> Result<&$crate::layer::SharedLayer, $crate::consumer::ContextError> {
            self.base.layer()
        }

        /// The name of this consumer's own channel: what is sent there comes as an event. The channel is made when its
        /// name is first asked for, or the first group is joined.
        ///
        /// # Errors
        /// [`ContextError::NoLayer`](crate::consumer::ContextError::NoLayer)
        pub fn channel_name(&self) -> Result<&str, $crate::consumer::ContextError> {
            self.base.channel_name()
        }

        /// Joins a group, until [`Self::group_discard`] or the consumer's end.
        ///
        /// # Errors
        /// No layer, a name that is none, or a layer that is out of reach.
        pub async fn group_add(&self, group: &str) -> Result<(), $crate::consumer::ContextError> {
            self.base.group_add(group).await
        }

        /// Leaves a group.
        ///
        /// # Errors
        /// As [`Self::group_add`].
        pub async fn group_discard(&self, group: &str) -> Result<(), $crate::consumer::ContextError> {
            self.base.group_discard(group).await
        }

        /// Sends a message to all consumers in a group, this one too when it is in it.
        ///
        /// # Errors
        /// No layer, a name or a message that is none, or a layer that is out of reach.
        pub async fn group_send(
            &self,
            group: &str,
            message: $crate::layer::Message,
        ) -> Result<(), $crate::consumer::ContextError> {
            self.base.group_send(group, message).await
        }

        /// Sends a message to one channel: a worker's, or another consumer's.
        ///
        /// # Errors
        /// As [`Self::group_send`], and a channel that is full.
        pub async fn send_to(
            &self,
            channel: &str,
            message: $crate::layer::Message,
        ) -> Result<(), $crate::consumer::ContextError> {
            self.base.send_to(channel, message).await
        }
    };
}
pub(crate) use context_methods;
