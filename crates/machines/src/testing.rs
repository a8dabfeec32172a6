//! Throwaway machines for tests: real sshd processes on free ports of 127.0.0.1, each with a home of its own, so that
//! fifty of them start in a second or two. They need no rights; as root they work, too. For tests only: what fails,
//! panics.

use std::fmt::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{HostKey, Identity, RemoteTarget, Timeouts};

/// What runs on a machine, for requests that this crate would never make.
pub const WRAPPER: &str = crate::wrapper::WRAPPER;

/// One sshd. Dropping it ends it, its connections and everything that still runs in its home.
pub struct Sshd {
    folder: tempfile::TempDir,
    options: SshdOptions,
    daemon: Child,
    port: u16,
    host_identity: Identity,
    client: Arc<Identity>,
}

/// What differs from Debian's settings.
#[derive(Clone, Debug)]
pub struct SshdOptions {
    pub sftp: bool,
    /// Set for every session, such as another `PATH`.
    pub environment: Vec<(String, String)>,
}

impl Default for SshdOptions {
    fn default() -> Self {
        Self { sftp: true, environment: Vec::new() }
    }
}

impl Sshd {
    pub fn start() -> Self {
        Self::start_with(SshdOptions::default())
    }

    pub fn start_with(options: SshdOptions) -> Self {
        let folder = tempfile::Builder::new().prefix("countersign-sshd.").tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("home")).expect("a home");
        let host_identity = Identity::generate();
        let client = Arc::new(Identity::generate());
        write_secret(&folder.path().join("host_key"), &host_identity.to_openssh());
        write_secret(&folder.path().join("authorized_keys"), &format!("{}\n", client.public_line()));
        let (daemon, port) = launch_on_a_free_port(folder.path(), &options);
        Self { folder, options, daemon, port, host_identity, client }
    }

    /// How to reach it, with its key confirmed.
    pub fn target(&self) -> RemoteTarget {
        RemoteTarget {
            address: "127.0.0.1".into(),
            port: self.port,
            user: user_name(),
            host_key: Some(self.host_key()),
            identity: self.client.clone(),
            timeouts: Timeouts::default(),
        }
    }

    /// Lets somebody else sign in, too.
    pub fn authorize(&self, public_line: &str) {
        use std::io::Write;
        let keys = self.folder.path().join("authorized_keys");
        let mut keys = std::fs::OpenOptions::new().append(true).open(keys).expect("the keys");
        writeln!(keys, "{public_line}").expect("one more line");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn host_key(&self) -> HostKey {
        HostKey::parse(&self.host_identity.public_line()).expect("our own key")
    }

    /// The `$HOME` of what runs there.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Ends every connection as a lost network does, with what runs there running on.
    pub fn cut_connections(&self) {
        kill("KILL", &sessions(self.daemon.id()));
    }

    /// Nobody answers any more, and connections hang, until [`Sshd::thaw`].
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    /// Refuses connections from now on; those that there are stay.
    pub fn stop_listening(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }

    /// As after an installation from scratch: the same port, another key.
    pub fn change_host_key(&mut self) {
        self.cut_connections();
        self.stop_listening();
        self.host_identity = Identity::generate();
        let path = self.folder.path().join("host_key");
        std::fs::remove_file(&path).expect("the old key");
        write_secret(&path, &self.host_identity.to_openssh());
        self.daemon = launch(self.folder.path(), &self.options, self.port).expect("its port is still free");
    }

    /// As after a restart of the machine: every process that belongs to it is gone at once.
    pub fn lose_all_processes(&self) {
        kill("KILL", &processes_with_home(&self.home()));
    }

    fn signal_all(&self, signal: &str) {
        let mut processes = sessions(self.daemon.id());
        processes.push(self.daemon.id());
        kill(signal, &processes);
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut_connections();
        self.stop_listening();
        self.lose_all_processes();
    }
}

fn launch_on_a_free_port(folder: &Path, options: &SshdOptions) -> (Child, u16) {
    for _ in 0..5 {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        // Somebody may be faster to take it.
        if let Some(daemon) = launch(folder, options, port) {
            return (daemon, port);
        }
    }
    panic!("sshd does not start:\n{}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
}

fn launch(folder: &Path, options: &SshdOptions, port: u16) -> Option<Child> {
    let config = folder.join("sshd_config");
    std::fs::write(&config, configuration(folder, options, port)).expect("its settings");
    if user_name() == "root" {
        // sshd asks for this folder when root starts it; Debian makes it at boot, a container may not.
        let _ = std::fs::create_dir_all("/run/sshd");
    }
    let log = folder.join("log");
    let log_file = std::fs::File::create(&log).expect("its log");
    let mut daemon = Command::new(find_sshd())
        .args(["-D", "-e", "-f"])
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log_file)
        .spawn()
        .expect("sshd; on Debian: apt-get install openssh-server");
    let patience = Instant::now() + Duration::from_secs(20);
    while Instant::now() < patience {
        if std::fs::read_to_string(&log).unwrap_or_default().contains("Server listening on") {
            return Some(daemon);
        }
        if daemon.try_wait().ok().flatten().is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = daemon.kill();
    let _ = daemon.wait();
    None
}

/// Debian's settings but for port, keys, paths and PAM, which wants root. HOME is set because all these hosts share one
/// user, whose home the system knows: sshd sets what `SetEnv` says after its own variables, so that ours wins.
fn configuration(folder: &Path, options: &SshdOptions, port: u16) -> String {
    let folder = folder.display();
    let mut text = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\n\
         PidFile none\nUsePAM no\nKbdInteractiveAuthentication no\nPrintMotd no\n\
         StrictModes no\nSetEnv HOME={folder}/home"
    );
    for (name, value) in &options.environment {
        // Writing into a string can not fail.
        let _ = write!(text, " {name}={value}");
    }
    text.push('\n');
    if options.sftp {
        text.push_str("Subsystem sftp internal-sftp\n");
    }
    text
}

fn find_sshd() -> PathBuf {
    let folders = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
    folders
        .split(':')
        .map(|folder| Path::new(folder).join("sshd"))
        .find(|path| path.exists())
        .expect("sshd is installed")
}

fn user_name() -> String {
    let output = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn write_secret(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a new file");
    file.write_all(text.as_bytes()).expect("its text");
}

/// Sends a signal; those that are gone already do not matter.
pub fn kill(signal: &str, processes: &[u32]) {
    if !processes.is_empty() {
        let numbers = processes.iter().map(u32::to_string);
        let _ = Command::new("kill").arg(format!("-{signal}")).args(numbers).stderr(Stdio::null()).status();
    }
}

/// The processes that sshd makes for its connections, and not what they run.
fn sessions(of: u32) -> Vec<u32> {
    let is_sshd = |process: &u32| {
        std::fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.starts_with("sshd"))
    };
    let all: Vec<(u32, u32)> =
        processes().filter(is_sshd).filter_map(|process| Some((process, parent(process)?))).collect();
    let mut found = vec![of];
    let mut next = 0;
    while next < found.len() {
        let parent_of_these = found[next];
        found.extend(all.iter().filter(|(_, parent)| *parent == parent_of_these).map(|(process, _)| *process));
        next += 1;
    }
    found.split_off(1)
}

fn parent(process: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn processes_with_home(home: &Path) -> Vec<u32> {
    let wanted = format!("HOME={}", home.display());
    let is_there = |process: &u32| {
        let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    processes().filter(is_there).collect()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
