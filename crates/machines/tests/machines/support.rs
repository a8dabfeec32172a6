//! A machine to try things on, and what the tests say about it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use machines::testing::Sshd;
use machines::{
    Exit, Follow, Limits, LocalTarget, Machine, News, Place, RunError, RunId, RunSpec, Status, Target, WorkingFolder,
};
use tempfile::TempDir;

/// Where a test runs: on this machine, or behind a sshd of its own.
pub enum House {
    Here(TempDir),
    There(Sshd),
}

impl House {
    pub fn here() -> Self {
        Self::Here(tempfile::Builder::new().prefix("countersign-here.").tempdir().unwrap())
    }

    pub fn there() -> Self {
        Self::There(Sshd::start())
    }

    /// Both kinds, for what must hold for both.
    pub fn both() -> [Self; 2] {
        [Self::here(), Self::there()]
    }

    pub fn target(&self) -> Target {
        match self {
            Self::Here(folder) => {
                Target::Local(LocalTarget { folder: folder.path().into(), user: None, limits: Limits::default() })
            }
            Self::There(sshd) => Target::Remote(sshd.target()),
        }
    }

    pub async fn machine(&self) -> Machine {
        Machine::connect(&self.target()).await.unwrap()
    }

    pub fn home(&self) -> PathBuf {
        match self {
            Self::Here(folder) => folder.path().into(),
            Self::There(sshd) => sshd.home(),
        }
    }

    pub fn run_folder(&self, run: &str) -> PathBuf {
        self.home().join(".countersign/runs").join(run)
    }

    /// The working folder of the place that `spec` names.
    pub fn place(&self) -> PathBuf {
        self.home().join("countersign/web/staging")
    }
}

pub fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

pub fn place() -> Place {
    Place::new("web", "staging").unwrap()
}

pub fn spec(name: &str, script: &str) -> RunSpec {
    RunSpec {
        run: run(name),
        epoch: 1,
        place: place(),
        folder: WorkingFolder::Shared,
        script: script.into(),
        variables: Vec::new(),
        time_limit: Duration::from_secs(60),
        max_output: 4 * 1024 * 1024,
    }
}

/// What a follower was told in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub output: Vec<u8>,
    pub cut: Option<(u64, u64, Vec<u8>)>,
    /// `None` = gone.
    pub exit: Option<Exit>,
}

impl Told {
    pub fn text(&self) -> String {
        String::from_utf8(self.output.clone()).unwrap()
    }

    pub fn status(&self) -> i32 {
        self.exit.expect("it ended by itself").status
    }
}

pub async fn read_to_end(follow: &mut Follow) -> Result<Told, RunError> {
    let mut told = Told::default();
    loop {
        match within(follow.next()).await? {
            News::Output(bytes) => told.output.extend_from_slice(&bytes),
            News::Cut { kept, total, end } => told.cut = Some((kept, total, end.to_vec())),
            News::Ended(exit) => {
                told.exit = Some(exit);
                return Ok(told);
            }
            News::Gone => return Ok(told),
        }
    }
}

pub async fn run_to_end(machine: &Machine, spec: &RunSpec) -> Told {
    let mut follow = machine.start(spec).await.unwrap();
    read_to_end(&mut follow).await.unwrap()
}

/// Reads until these bytes came.
pub async fn read_until(follow: &mut Follow, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        match within(follow.next()).await.unwrap() {
            News::Output(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            other => panic!("{other:?} came before {wanted:?}, after {text:?}"),
        }
    }
    text
}

/// Nothing here may hang.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it hangs")
}

/// Asks until it is so: for what another process does when it comes to it.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), asking).await.is_ok(), "never: {what}");
}

pub async fn status_becomes(machine: &Machine, name: &str, epoch: u64, wanted: Status) {
    eventually(&format!("{name} is {wanted:?}"), async || machine.status(&run(name), epoch).await.unwrap() == wanted)
        .await;
}

/// The first number in a file of the wrapper: a process.
pub fn process_in(file: &Path) -> u32 {
    std::fs::read_to_string(file).unwrap().split(' ').next().unwrap().parse().unwrap()
}

pub fn is_running(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|text| !text.rsplit_once(") ").unwrap().1.starts_with(['Z', 'X']))
}
