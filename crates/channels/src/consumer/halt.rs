//! How a consumer says that things do not simply go on.

use std::borrow::Cow;
use std::error::Error;

use super::ContextError;
use crate::websocket::{Accept, SendError};

/// What a consumer's methods return.
pub type Outcome<T = ()> = Result<T, Halt>;

/// Why a consumer's method does not simply go on. `?` turns any error into one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Halt {
    /// The consumer has nothing more to do. `disconnect` is not called.
    Stop,
    /// From `connect`: the client may connect.
    Accept(Accept),
    /// From `connect`: it may not, and gets a 403.
    Deny,
    /// The connection is closed with this code and reason; before it was accepted, it is denied.
    Close(u16, Cow<'static, str>),
    /// The client is gone. The method ends, and `disconnect` follows.
    Gone,
    /// Something failed. It is logged, and the connection is closed with 1011; before it was accepted, the answer
    /// is a 500. The client learns nothing more.
    Error(Box<dyn Error + Send + Sync>),
}

impl Halt {
    /// Closes with a code that [may be sent](crate::protocol::close_code::may_be_sent) and a reason of at most 123
    /// bytes; more is cut.
    pub fn close(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Close(code, reason.into())
    }

    /// An error that is only text, or is boxed already.
    pub fn error(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Error(error.into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Halt {
    fn from(error: E) -> Self {
        let error: Box<dyn Error + Send + Sync> = Box::new(error);
        // That a client leaves while something is sent to it is no failure.
        let is_gone = matches!(error.downcast_ref(), Some(ContextError::Closed))
            || matches!(error.downcast_ref(), Some(SendError::Closed));
        if is_gone { Self::Gone } else { Self::Error(error) }
    }
}
