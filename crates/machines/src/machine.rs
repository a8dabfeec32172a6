use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::timeout;

use crate::control::{Control, Line};
use crate::exec::{Exec, Piece, Process};
use crate::local::{self, LocalProcess};
use crate::request::{Lock, Request};
use crate::ssh::Connection;
use crate::{
    Cancelled, ConnectError, Exit, Follow, Limits, News, Place, RunError, RunId, RunSpec, Status, Target, Timeouts,
    WorkingFolder,
};

/// An open connection to a machine. Clones share it.
///
/// Whatever is asked while an output is followed gets a further connection, so that a slow reader of output never makes
/// a cancellation wait.
#[derive(Clone)]
pub struct Machine(Arc<Shared>);

struct Shared {
    target: Target,
    /// `None` for this machine.
    first: Option<Arc<Connection>>,
    in_use: Arc<Mutex<()>>,
    closed: watch::Sender<bool>,
}

/// The right to use a connection alone. The first one stays open for the next user; others end with it.
pub(crate) struct Lease {
    pub(crate) connection: Arc<Connection>,
    _in_use: Option<OwnedMutexGuard<()>>,
}

impl Machine {
    /// Connects, checks the host's key and signs in; on this machine it makes the folder.
    pub async fn connect(target: &Target) -> Result<Self, ConnectError> {
        let first = match target {
            Target::Local(local) => {
                local::prepare(local)?;
                None
            }
            Target::Remote(remote) => Some(Arc::new(Connection::open(remote).await?)),
        };
        let (closed, _) = watch::channel(false);
        Ok(Self(Arc::new(Shared { target: target.clone(), first, in_use: Arc::default(), closed })))
    }

    /// Starts the run and follows it from the first byte. A run that has begun already, whoever began it, is followed and
    /// not started again.
    pub async fn start(&self, spec: &RunSpec) -> Result<Follow, RunError> {
        self.start_locking(spec, Lock::Place).await
    }

    async fn start_locking(&self, spec: &RunSpec, lock: Lock) -> Result<Follow, RunError> {
        let request = Request::start(spec, lock, self.limits())?;
        self.within_answer(async { Follow::begin(self.exec(request).await?, 0).await }).await
    }

    /// Follows a run from this byte of its raw output on. [`RunError::Unknown`] when it never began here.
    pub async fn follow(&self, run: &RunId, epoch: u64, offset: u64) -> Result<Follow, RunError> {
        let request = run_request("follow", run, epoch, &[&offset.to_string()]);
        self.within_answer(async { Follow::begin(self.exec(request).await?, offset).await }).await
    }

    /// How the run stands. Asking is also taking over: from now on, whoever comes with a smaller epoch is refused, also
    /// with a start that was on its way. So after a start that ended in [`RunError::Lost`], ask with a higher epoch: then
    /// [`Status::Unknown`] means that it will not begin any more.
    pub async fn status(&self, run: &RunId, epoch: u64) -> Result<Status, RunError> {
        match self.ask(run_request("status", run, epoch, &[])).await? {
            Line::Status(status) => Ok(status),
            Line::Exit { exit, .. } => Ok(Status::Ended(exit)),
            line => Err(unexpected(&line)),
        }
    }

    /// Ends every process of the run: TERM, and after `grace` (whole seconds) KILL. A run that never began will never
    /// begin. How it ended is then its status.
    pub async fn cancel(&self, run: &RunId, epoch: u64, grace: Duration) -> Result<Cancelled, RunError> {
        let request = run_request("cancel", run, epoch, &[&grace.as_secs().to_string()]);
        // After the grace it looks for 5 s at most whether KILL worked, and waits as long for the supervisor.
        let patience = grace + Duration::from_secs(20) + self.timeouts().answer;
        match timeout(patience, self.ask_patiently(request)).await.map_err(|_| no_answer())?? {
            Line::Cancelled(cancelled) => Ok(cancelled),
            line => Err(unexpected(&line)),
        }
    }

    /// Runs a command in the place's folder, without its lock and without keeping its output.
    pub async fn health(
        &self,
        place: &Place,
        command: &str,
        variables: &[(String, String)],
        time_limit: Duration,
    ) -> Result<Exit, RunError> {
        let run = RunId::new(format!("health-{:032x}", rand::random::<u128>()))?;
        let spec = RunSpec {
            run,
            epoch: 1,
            place: place.clone(),
            folder: WorkingFolder::Shared,
            script: command.to_owned(),
            variables: variables.to_vec(),
            time_limit,
            max_output: 64 * 1024,
        };
        let mut follow = self.start_locking(&spec, Lock::None).await?;
        let patience = time_limit + Duration::from_secs(30);
        let exit = timeout(patience, async {
            loop {
                match follow.next().await? {
                    News::Ended(exit) => return Ok(exit),
                    News::Gone => return Err(RunError::Lost("the health check disappeared".into())),
                    News::Output(_) | News::Cut { .. } => {}
                }
            }
        });
        let exit = exit.await.map_err(|_| no_answer()).flatten();
        drop(follow);
        // What it wrote is of no interest to anybody. Without an answer there is nobody to ask: its folder goes later.
        if exit.is_ok() {
            self.done(run_request("erase", &spec.run, 1, &[])).await?;
        }
        exit
    }

    /// Removes everything of a run that has ended but its tombstone. [`RunError::Busy`] while it runs.
    pub async fn forget(&self, run: &RunId, epoch: u64) -> Result<(), RunError> {
        self.done(run_request("forget", run, epoch, &[])).await
    }

    async fn done(&self, request: Request) -> Result<(), RunError> {
        match self.ask(request).await? {
            Line::Done => Ok(()),
            line => Err(unexpected(&line)),
        }
    }

    /// Closes all connections. What streams, on any clone, ends in [`RunError::Lost`]; what runs there runs on.
    pub async fn close(&self) {
        self.0.closed.send_replace(true);
        if let Some(first) = &self.0.first {
            // It waits only for a place in a short queue, but the connection may hang.
            let _ = timeout(Duration::from_secs(1), first.disconnect()).await;
        }
    }

    pub(crate) async fn exec(&self, request: Request) -> Result<Exec, RunError> {
        let process = match &self.0.target {
            Target::Local(local) => {
                self.need_open()?;
                Process::Local(Box::new(LocalProcess::run(local, request).await?))
            }
            Target::Remote(_) => {
                let lease = self.lease().await?;
                Process::Remote { process: lease.connection.run(request).await?, _lease: lease }
            }
        };
        Ok(Exec::new(process, self.0.closed.subscribe()))
    }

    /// The first connection, or another one when that is in use.
    pub(crate) async fn lease(&self) -> Result<Lease, RunError> {
        self.need_open()?;
        let (Some(first), Target::Remote(remote)) = (&self.0.first, &self.0.target) else {
            return Err(RunError::Refused("this machine has no connection".into()));
        };
        match self.0.in_use.clone().try_lock_owned() {
            Ok(in_use) => Ok(Lease { connection: first.clone(), _in_use: Some(in_use) }),
            Err(_) => Ok(Lease { connection: Arc::new(Connection::open(remote).await?), _in_use: None }),
        }
    }

    fn need_open(&self) -> Result<(), RunError> {
        if *self.0.closed.borrow() { Err(RunError::Lost("the connection was closed".into())) } else { Ok(()) }
    }

    /// One request and the first thing that is said about it.
    pub(crate) async fn ask(&self, request: Request) -> Result<Line, RunError> {
        self.within_answer(self.ask_patiently(request)).await
    }

    /// For what works on as many bytes as artifacts have.
    pub(crate) async fn ask_long(&self, request: Request) -> Result<Line, RunError> {
        timeout(Duration::from_secs(600), self.ask_patiently(request)).await.map_err(|_| no_answer())?
    }

    async fn ask_patiently(&self, request: Request) -> Result<Line, RunError> {
        let mut exec = self.exec(request).await?;
        let mut control = Control::default();
        while let Some(piece) = exec.next().await? {
            if let Piece::Control(bytes) = piece {
                control.push(&bytes);
                match control.next()? {
                    Some(Line::No(error)) => return Err(error),
                    Some(line) => return Ok(line),
                    None => {}
                }
            }
        }
        Err(RunError::Lost("the connection ended without an answer".into()))
    }

    async fn within_answer<T>(&self, answer: impl Future<Output = Result<T, RunError>>) -> Result<T, RunError> {
        timeout(self.timeouts().answer, answer).await.map_err(|_| no_answer())?
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0.target
    }

    fn timeouts(&self) -> Timeouts {
        match &self.0.target {
            Target::Local(_) => Timeouts::default(),
            Target::Remote(remote) => remote.timeouts,
        }
    }

    /// Only this machine is the server's own house; on a host, its administrators set limits.
    fn limits(&self) -> Limits {
        match &self.0.target {
            Target::Local(local) => local.limits,
            Target::Remote(_) => Limits::default(),
        }
    }
}

pub(crate) fn run_request(verb: &str, run: &RunId, epoch: u64, more: &[&str]) -> Request {
    let epoch = epoch.to_string();
    let mut words = vec![verb, run.as_str(), epoch.as_str()];
    words.extend_from_slice(more);
    Request::new(&words, b"")
}

pub(crate) fn no_answer() -> RunError {
    RunError::Lost("the machine did not answer in time".into())
}

pub(crate) fn unexpected(line: &Line) -> RunError {
    RunError::Protocol(format!("{line:?}"))
}
