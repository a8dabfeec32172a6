//! Output without end, full disks, machines that lack something: each is said, nothing hangs.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use machines::testing::{Sshd, SshdOptions};
use machines::{Limits, LocalTarget, LocalUser, Machine, News, RunError, Target};

use crate::support::{House, Told, eventually, read_to_end, run, run_to_end, spec, within};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn of_a_long_output_the_first_part_and_the_last_64_kib_are_kept() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut long = spec("run-1", "seq 1 100000; echo the end");
        long.max_output = 10_000;
        let told = run_to_end(&machine, &long).await;
        let all: String = (1..=100_000).map(|number| format!("{number}\n")).collect::<String>() + "the end\n";
        let (kept, total, end) = told.cut.unwrap();
        assert_eq!((kept, total), (10 * 1024, all.len() as u64));
        assert_eq!(told.output, all.as_bytes()[..10 * 1024]);
        assert_eq!(end, all.as_bytes()[all.len() - 64 * 1024..]);
        let size = std::fs::metadata(house.run_folder("run-1").join("out")).unwrap().len();
        assert_eq!(size, 10 * 1024);
    }
}

#[tokio::test]
async fn an_output_that_is_a_little_too_long_loses_no_byte() {
    let house = House::here();
    let machine = house.machine().await;
    for (name, length) in [("run-0", 1024), ("run-1", 1025), ("run-2", 40_000)] {
        let mut long = spec(name, &format!("head -c {length} /dev/zero | tr '\\0' x"));
        long.max_output = 1024;
        let Told { output, cut, .. } = run_to_end(&machine, &long).await;
        let end = cut.map(|(_, _, end)| end).unwrap_or_default();
        assert_eq!((output.len(), end.len()), (1024, length - 1024));
    }
}

#[tokio::test]
async fn a_slow_reader_of_much_output_holds_little_memory_and_stops_neither_the_script_nor_others() {
    let house = House::there();
    let machine = house.machine().await;
    let mut much = spec("run-1", "head -c 104857600 /dev/zero");
    much.max_output = 200 * MIB as u64;
    let mut follow = machine.start(&much).await.unwrap();
    let before = resident_memory();
    // Nobody reads; the script ends all the same, and the connection serves others.
    eventually("the script has ended", async || house.run_folder("run-1").join("exit").exists()).await;
    assert!(within(machine.status(&run("run-1"), 1)).await.is_ok());
    let waiting = resident_memory();
    let mut seen = 0;
    loop {
        match within(follow.next()).await.unwrap() {
            News::Output(bytes) => seen += bytes.len(),
            News::Ended(exit) => break assert_eq!(exit.status, 0),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, 100 * MIB);
    let after = resident_memory();
    assert!(waiting.max(after) < before + 24 * MIB, "{before} bytes became {waiting} and {after}");
}

fn resident_memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_is_said() {
    let house = House::there();
    std::fs::write(house.home().join(".countersign"), "a file in the way").unwrap();
    let machine = house.machine().await;
    let error = machine.start(&spec("run-1", "true")).await.err();
    assert!(matches!(&error, Some(RunError::Disk(note)) if note.contains(".countersign")), "{error:?}");
}

#[tokio::test]
async fn a_missing_program_is_said_by_its_name() {
    let tools = tempfile::tempdir().unwrap();
    for tool in ["sh", "cat", "grep", "head", "mkdir", "mkfifo", "mktemp", "mv", "rm", "sha256sum", "sleep"] {
        std::os::unix::fs::symlink(Path::new("/usr/bin").join(tool), tools.path().join(tool)).unwrap();
    }
    let path = tools.path().to_str().unwrap().to_owned();
    let sshd = Sshd::start_with(SshdOptions { environment: vec![("PATH".into(), path)], ..SshdOptions::default() });
    let machine = Machine::connect(&Target::Remote(sshd.target())).await.unwrap();
    assert_eq!(machine.start(&spec("run-1", "true")).await.err(), Some(RunError::Tools("flock".into())));
}

#[tokio::test]
async fn a_full_disk_starts_nothing_and_a_disk_that_fills_up_still_tells_how_it_ended() {
    // /dev/shm is a file system in memory; a folder of a small one needs rights that not everybody has.
    let Some(disk) = SmallDisk::mount() else { return };
    let target = LocalTarget { folder: disk.0.path().join("home"), user: None, limits: Limits::default() };
    let machine = Machine::connect(&Target::Local(target)).await.unwrap();
    let told =
        run_to_end(&machine, &spec("run-1", "head -c 9000000 /dev/zero | tr '\\0' x; echo the end; exit 5")).await;
    assert_eq!(told.status(), 5);
    let (kept, total, _) = told.cut.unwrap();
    assert_eq!((kept, total), (told.output.len() as u64, 9_000_008));

    let error = machine.start(&spec("run-2", "echo x >> count")).await.err();
    assert!(matches!(error, Some(RunError::Disk(_))), "{error:?}");
}

struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Only root may; elsewhere there is nothing to try it on.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.path().to_str().unwrap()];
        std::process::Command::new("mount").args(mount).output().ok()?.status.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn limits_hold_for_scripts_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { open_files: Some(32), processes: None, memory_mib: Some(512), file_size_mib: Some(1) };
    let target = LocalTarget { folder: folder.path().join("runner"), user: None, limits };
    let machine = Machine::connect(&Target::Local(target)).await.unwrap();
    let told =
        run_to_end(&machine, &spec("run-1", "ulimit -n; ulimit -v; ulimit -f; head -c 2000000 /dev/zero > big")).await;
    assert_eq!(told.text().lines().take(3).collect::<Vec<_>>(), ["32", "524288", "2048"]);
    assert_ne!(told.status(), 0);
}

#[tokio::test]
async fn scripts_of_another_user_are_that_user_and_own_their_files() {
    // Only root may become somebody else; for others, that it is refused is what there is to see.
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let user = LocalUser { uid: 54321, gid: 54322 };
    let target = LocalTarget { folder: folder.path().join("runner"), user: Some(user), limits: Limits::default() };
    let machine = Machine::connect(&Target::Local(target)).await;
    let Ok(machine) = machine else { return };
    let told = run_to_end(&machine, &spec("run-1", "id -u; id -g; id -G; touch mine")).await;
    assert_eq!(told.text(), "54321\n54322\n54322\n");
    let mut follow = machine.follow(&run("run-1"), 1, 6).await.unwrap();
    assert_eq!(read_to_end(&mut follow).await.unwrap().text(), "54322\n54322\n");
}

#[tokio::test]
async fn a_shell_that_talks_first_is_not_taken_for_output() {
    let house = House::there();
    std::fs::write(house.home().join(".bashrc"), "echo welcome; echo to this host >&2\n").unwrap();
    let machine = house.machine().await;
    assert_eq!(run_to_end(&machine, &spec("run-1", "echo mine")).await.text(), "mine\n");
}
