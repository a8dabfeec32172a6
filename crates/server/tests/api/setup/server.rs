//! The real server, in a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// The password of the first administrator.
pub const ADMIN_PASSWORD: &str = "the first password";

/// Runs the server until its own input ends. That happens even when the tests are killed or leave no time to tidy up,
/// as with a server that lives in a `static`: then, too, no process and no folder stays.
const KEEPER: &str = r#"
trap '' HUP INT TERM
exec 3<&0
folder=$1 keep=$2
shift 2
"$@" 2> "$folder/server.log" &
server=$!
echo "server $server"
{ cat <&3 > /dev/null; kill -9 "$server"; } &
watcher=$!
wait "$server"
kill -9 "$watcher"
[ "$keep" = keep ] || rm -rf "$folder"
echo ended
"#;

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    pub id: u32,
    pub folder: PathBuf,
    keeper: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// The server that most tests share. Each makes its own people and rooms there.
    pub fn shared() -> &'static Server {
        static SHARED: LazyLock<Server> = LazyLock::new(|| Server::start(&["--commands-per-second", "100000"]));
        &SHARED
    }

    /// A server with options and an empty folder.
    pub fn start(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap().keep();
        Self::run(&folder, "remove", options)
    }

    /// A server on a folder that stays when the server ends.
    pub fn start_on(folder: &Path, options: &[&str]) -> Self {
        Self::run(folder, "keep", options)
    }

    fn run(folder: &Path, keep: &str, options: &[&str]) -> Self {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args([folder.as_os_str(), keep.as_ref(), env!("CARGO_BIN_EXE_countersign").as_ref()])
            .args(["serve", "--bare", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .args(options)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("COUNTERSIGN_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(keeper.stdout.take().unwrap());
        let id = read_after(&mut output, "server ").parse().unwrap();
        let url = read_after(&mut output, "listening on ");
        Self { url, id, folder: folder.to_owned(), keeper, output }
    }

    /// `127.0.0.1:12345`
    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// Ends the server as a power cut would.
    pub fn kill(mut self) {
        self.signal("-KILL");
        read_after(&mut self.output, "ended");
    }

    /// Asks the server to stop.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks the server to stop, and waits until it has.
    pub fn stop(mut self) {
        self.terminate();
        read_after(&mut self.output, "ended");
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.id.to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// How many threads the server has now.
    pub fn threads(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Threads:"));
        line.unwrap().trim().parse().unwrap()
    }

    /// What the server has written to its own log.
    pub fn own_log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input tells the keeper to end the server and to remove the folder.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Reads lines up to one that begins with `start`, and answers the rest of it.
fn read_after(output: &mut BufReader<ChildStdout>, start: &str) -> String {
    let mut before = String::new();
    for line in output.lines() {
        let line = line.unwrap();
        match line.strip_prefix(start) {
            Some(rest) => return rest.to_owned(),
            None => before.push_str(&line),
        }
    }
    panic!("the server ended before it said {start:?}: {before}");
}
