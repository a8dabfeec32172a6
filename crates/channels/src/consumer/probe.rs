//! How tests see what happens inside a consumer.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::Base;

/// Why a consumer failed.
pub(crate) enum Failure {
    Error(Box<dyn Error + Send + Sync>),
    Panic(Box<dyn Any + Send>),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(formatter),
            Self::Panic(panic) => {
                let text = panic.downcast_ref::<&str>().copied();
                let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
                write!(formatter, "panicked: {}", text.unwrap_or("with something that is no text"))
            }
        }
    }
}

/// Put into a request's extensions, it keeps the failure of the consumer for the test. The test sees the consumer's
/// end when all clones are dropped.
#[derive(Clone)]
pub(crate) struct Probe {
    failure: Arc<Mutex<Option<Failure>>>,
    _alive: mpsc::Sender<Infallible>,
}

/// The test's side of a [`Probe`].
pub(crate) struct ProbeReader {
    failure: Arc<Mutex<Option<Failure>>>,
    ended: mpsc::Receiver<Infallible>,
}

impl Probe {
    pub fn new() -> (Self, ProbeReader) {
        let failure = Arc::default();
        let (_alive, ended) = mpsc::channel(1);
        (Self { failure: Arc::clone(&failure), _alive }, ProbeReader { failure, ended })
    }

    pub fn fail(&self, failure: Failure) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }
}

impl ProbeReader {
    pub fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until nothing holds the request any more.
    pub async fn ended(&mut self) {
        while self.ended.recv().await.is_some() {}
    }
}

/// The outcome of a future, which may panic.
pub(crate) fn catch<T>(future: impl Future<Output = T>) -> impl Future<Output = Result<T, Failure>> {
    // What a panic leaves half-changed belongs to the consumer, which is dropped. No `async fn`: it would keep room
    // for the future twice.
    AssertUnwindSafe(future).catch_unwind().map(|outcome| outcome.map_err(Failure::Panic))
}

/// What a function of the caller's answers, which may panic.
pub(crate) fn catch_now<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(Failure::Panic)
}

/// Logs the failure of a consumer, and keeps it for the test, if it is one that runs it.
pub(crate) fn report<C>(base: &Base, failure: Failure) {
    let (class, path) = (std::any::type_name::<C>(), base.scope.path());
    tracing::error!(consumer = class, path, "the consumer {class} failed at {path}: {failure}");
    if let Some(probe) = base.scope.get::<Probe>() {
        probe.fail(failure);
    }
}
