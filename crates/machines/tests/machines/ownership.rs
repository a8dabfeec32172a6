//! Owners come and go, are killed, stopped and late; the script runs once, and nothing runs unseen.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use machines::testing::kill;
use machines::{Cancelled, News, RunError, Status, WorkingFolder};

use crate::support::{
    House, eventually, is_running, process_in, read_to_end, read_until, run, run_to_end, spec, status_becomes, within,
};

/// Runs until the file `go` is there.
const UNTIL_GO: &str = "echo $$ > me; echo begun; while [ ! -e go ]; do sleep 0.05; done; echo x >> count; echo ended";

fn go(house: &House) {
    std::fs::write(house.place().join("go"), "").unwrap();
}

fn count(house: &House) -> String {
    std::fs::read_to_string(house.place().join("count")).unwrap_or_default()
}

#[tokio::test]
async fn a_run_survives_the_lost_connection_and_is_followed_from_the_next_byte() {
    let house = House::there();
    let House::There(sshd) = &house else { unreachable!() };
    let machine = house.machine().await;
    let mut follow = machine.start(&spec("run-1", UNTIL_GO)).await.unwrap();
    read_until(&mut follow, "begun\n").await;
    sshd.cut_connections();
    assert!(matches!(within(follow.next()).await, Err(RunError::Lost(_))));
    let offset = follow.offset();
    drop(follow);
    assert!(matches!(machine.status(&run("run-1"), 1).await, Err(RunError::Lost(_))));

    let machine = house.machine().await;
    assert_eq!(machine.status(&run("run-1"), 2).await, Ok(Status::Running));
    let mut again = machine.follow(&run("run-1"), 2, offset).await.unwrap();
    go(&house);
    assert_eq!(read_to_end(&mut again).await.unwrap().text(), "ended\n");
    assert_eq!(count(&house), "x\n");
}

#[tokio::test]
async fn a_run_survives_the_killed_starter_and_another_process_follows_it() {
    for house in House::both() {
        let mut starter = Starter::begin(&house);
        starter.kill();
        let machine = house.machine().await;
        assert_eq!(machine.status(&run("run-1"), 2).await, Ok(Status::Running));
        let mut follow = machine.follow(&run("run-1"), 2, 0).await.unwrap();
        go(&house);
        assert_eq!(read_to_end(&mut follow).await.unwrap().text(), "begun\nended\n");
        assert_eq!(count(&house), "x\n");
    }
}

#[tokio::test]
async fn a_stopped_owner_is_replaced_and_does_nothing_when_it_wakes() {
    for house in House::both() {
        let mut starter = Starter::begin(&house);
        kill("STOP", &[starter.0.id()]);
        let machine = house.machine().await;
        assert_eq!(within(machine.status(&run("run-1"), 2)).await, Ok(Status::Running));
        assert_eq!(within(machine.cancel(&run("run-1"), 2, Duration::from_secs(1))).await, Ok(Cancelled::Gone));
        kill("CONT", &[starter.0.id()]);
        assert!(matches!(machine.start(&spec("run-1", UNTIL_GO)).await, Err(RunError::Stale { stored: 2 })));
        for late in [machine.status(&run("run-1"), 1).await.err(), machine.forget(&run("run-1"), 1).await.err()] {
            assert_eq!(late, Some(RunError::Stale { stored: 2 }));
        }
        let late = machine.cancel(&run("run-1"), 1, Duration::ZERO).await;
        assert_eq!(late, Err(RunError::Stale { stored: 2 }));
        assert_eq!(count(&house), "");
        starter.kill();
    }
}

#[tokio::test]
async fn a_start_that_comes_late_finds_the_tombstone() {
    for house in House::both() {
        let machine = house.machine().await;
        assert_eq!(machine.status(&run("run-1"), 2).await, Ok(Status::Unknown));
        assert!(matches!(machine.start(&spec("run-1", "echo x >> count")).await, Err(RunError::Stale { stored: 2 })));
        assert_eq!(machine.cancel(&run("run-2"), 1, Duration::ZERO).await, Ok(Cancelled::Gone));
        assert!(matches!(machine.start(&spec("run-2", "echo x >> count")).await, Err(RunError::Refused(_))));
        assert_eq!(count(&house), "");
        let mut mine = spec("run-1", "echo x >> count");
        mine.epoch = 2;
        assert_eq!(run_to_end(&machine, &mine).await.status(), 0);
        assert_eq!(count(&house), "x\n");
    }
}

#[tokio::test]
async fn a_start_that_stops_in_the_middle_of_its_request_keeps_nobody_out() {
    let house = House::here();
    let script = "echo x >> count; echo done";
    let mut half = wrapper(&house.home());
    let mut input = half.stdin.take().unwrap();
    write!(input, "start run-1 1 web/staging shared 60 100 {} 0 0 - - - -\necho x", script.len()).unwrap();
    input.flush().unwrap();

    let machine = house.machine().await;
    assert_eq!(within(machine.status(&run("run-1"), 2)).await, Ok(Status::Unknown));
    input.write_all(script.strip_prefix("echo x").unwrap().as_bytes()).unwrap();
    drop(input);
    let said = String::from_utf8(half.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(said, "countersign 1\nstale 2\n");
    assert_eq!(count(&house), "");
}

#[tokio::test]
async fn a_request_that_ends_too_early_starts_nothing_and_leaves_no_secret() {
    let house = House::here();
    for text in ["", "\n", "start run-1 1 web/staging shared 60 100 30 4 6 - - - -\necho x >> count\nA 6\nsec"] {
        let mut half = wrapper(&house.home());
        half.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let said = String::from_utf8(half.wait_with_output().unwrap().stderr).unwrap();
        assert!(said.starts_with("countersign 1\nproblem truncated"), "{said}");
    }
    let left: Vec<_> = std::fs::read_dir(house.home().join(".countersign")).unwrap().flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with("incoming")), "{left:?}");
    let machine = house.machine().await;
    assert_eq!(machine.status(&run("run-1"), 1).await, Ok(Status::Unknown));
}

#[tokio::test]
async fn a_start_that_is_killed_at_any_moment_begins_the_script_once_or_never() {
    let house = House::here();
    let machine = house.machine().await;
    let steps = if std::env::var_os("COUNTERSIGN_TEST_LONG").is_some() { 300 } else { 10 };
    for step in 0..steps {
        let name = format!("run-{step}");
        let script = format!("echo x >> count-{step}; sleep 0.1");
        let mut starter = wrapper(&house.home());
        let request = format!("start {name} 1 web/staging own 60 100 {} 0 0 - - - -\n{script}", script.len());
        starter.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(step * 100 / steps)).await;
        starter.kill().unwrap();
        starter.wait().unwrap();

        let found = machine.status(&run(&name), 2).await.unwrap();
        let mut again = spec(&name, &script);
        (again.epoch, again.folder) = (2, WorkingFolder::Own);
        let told = run_to_end(&machine, &again).await;
        assert_eq!(machine.cancel(&run(&name), 2, Duration::ZERO).await, Ok(Cancelled::Gone));
        let count = std::fs::read_to_string(house.run_folder(&name).join(format!("work/count-{step}")));
        let expected = if told.exit.is_some() { "x\n" } else { "" };
        assert_eq!(count.unwrap_or_default(), expected, "step {step}: found {found:?}, then {told:?}");
        assert_eq!(told.exit.is_none(), found == Status::Gone, "step {step}: found {found:?}, then {told:?}");
    }
}

#[tokio::test]
async fn a_killed_supervisor_leaves_a_run_that_is_seen_and_that_ends_as_gone() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut follow = machine.start(&spec("run-1", UNTIL_GO)).await.unwrap();
        read_until(&mut follow, "begun\n").await;
        kill("KILL", &[process_in(&house.run_folder("run-1").join("supervisor"))]);
        assert_eq!(machine.status(&run("run-1"), 1).await, Ok(Status::Running));
        // Its lock went with it, but not its claim.
        let busy = machine.start(&spec("run-2", "echo second")).await.err();
        assert_eq!(busy, Some(RunError::Busy { run: "run-1".into() }));
        go(&house);
        let told = read_to_end(&mut follow).await.unwrap();
        assert_eq!((told.text().as_str(), told.exit), ("ended\n", None));
        assert_eq!(machine.status(&run("run-1"), 1).await, Ok(Status::Gone));
        assert_eq!(run_to_end(&machine, &spec("run-2", "echo second")).await.text(), "second\n");
    }
}

#[tokio::test]
async fn what_a_killed_or_stopped_supervisor_left_can_be_cancelled() {
    for (signal, name) in [("KILL", "run-1"), ("STOP", "run-2")] {
        let house = House::here();
        let machine = house.machine().await;
        let mut follow = machine.start(&spec(name, UNTIL_GO)).await.unwrap();
        read_until(&mut follow, "begun\n").await;
        let script = process_in(&house.run_folder(name).join("pid"));
        kill(signal, &[process_in(&house.run_folder(name).join("supervisor"))]);
        assert_eq!(machine.cancel(&run(name), 1, Duration::from_secs(1)).await, Ok(Cancelled::Gone));
        assert!(!is_running(script));
        read_to_end(&mut follow).await.unwrap();
    }
}

#[tokio::test]
async fn after_a_restart_of_the_machine_a_run_is_gone_and_not_begun_again() {
    let house = House::there();
    let House::There(sshd) = &house else { unreachable!() };
    let machine = house.machine().await;
    let mut follow = machine.start(&spec("run-1", UNTIL_GO)).await.unwrap();
    read_until(&mut follow, "begun\n").await;
    sshd.cut_connections();
    sshd.lose_all_processes();

    let machine = house.machine().await;
    assert_eq!(machine.status(&run("run-1"), 2).await, Ok(Status::Gone));
    let mut again = spec("run-1", UNTIL_GO);
    again.epoch = 2;
    let told = run_to_end(&machine, &again).await;
    assert_eq!((told.text().as_str(), told.exit), ("begun\n", None));
    assert_eq!(machine.cancel(&run("run-1"), 2, Duration::ZERO).await, Ok(Cancelled::Gone));
    // Numbers of processes are given again; the boot's own number tells that this is another one.
    let pid = house.run_folder("run-1").join("pid");
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let start = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().to_owned();
    std::fs::write(pid, format!("{} {start} 11111111-1111-1111-1111-111111111111\n", std::process::id())).unwrap();
    assert_eq!(machine.status(&run("run-1"), 2).await, Ok(Status::Gone));
    assert_eq!(count(&house), "");
}

#[tokio::test]
async fn a_follower_that_goes_away_leaves_no_process_behind() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut follow = machine.start(&spec("run-1", UNTIL_GO)).await.unwrap();
        read_until(&mut follow, "begun\n").await;
        // One, and for a moment its child that is about to become another program.
        assert_ne!(wrappers(&house.home()), 0);
        drop(follow);
        eventually("the follower's wrapper ends", async || wrappers(&house.home()) == 0).await;
        status_becomes(&machine, "run-1", 1, Status::Running).await;
        machine.cancel(&run("run-1"), 1, Duration::ZERO).await.unwrap();
    }
}

#[tokio::test]
async fn closing_ends_what_streams_on_every_clone() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut first = machine.clone().start(&spec("run-1", UNTIL_GO)).await.unwrap();
        let mut second = machine.follow(&run("run-1"), 1, 0).await.unwrap();
        assert!(matches!(within(first.next()).await, Ok(News::Output(_))));
        assert!(matches!(within(second.next()).await, Ok(News::Output(_))));
        machine.close().await;
        assert!(matches!(within(first.next()).await, Err(RunError::Lost(_))));
        assert!(matches!(within(second.next()).await, Err(RunError::Lost(_))));
        assert!(matches!(machine.status(&run("run-1"), 1).await, Err(RunError::Lost(_))));
        let machine = house.machine().await;
        assert_eq!(machine.cancel(&run("run-1"), 1, Duration::ZERO).await, Ok(Cancelled::Gone));
    }
}

/// The wrapper as the crate starts it, for requests that the crate would never make.
fn wrapper(home: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "eval \"$1\"", "countersign", machines::testing::WRAPPER])
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Wrappers that serve somebody, and not a run.
fn wrappers(home: &Path) -> usize {
    let home = format!("HOME={}", home.display());
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let is_one = |folder: &Path| {
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        let environment = read("environ");
        let words = read("cmdline");
        let has = |wanted: &str| environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(wanted.as_bytes()));
        has(&home)
            && !has("COUNTERSIGN_")
            && words.split(|byte| *byte == 0).nth(3).is_some_and(|word| word == b"countersign")
    };
    processes.filter(|entry| is_one(&entry.path())).count()
}

/// Another process that started `run-1` with epoch 1 and follows it.
struct Starter(Child);

impl Starter {
    fn begin(house: &House) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "ownership::a_starter_for_other_tests_to_kill", "--nocapture"]);
        match house {
            House::Here(folder) => command.env("STARTER_FOLDER", folder.path()),
            House::There(sshd) => command
                .env("STARTER_PORT", sshd.port().to_string())
                .env("STARTER_USER", sshd.target().user)
                .env("STARTER_HOST_KEY", sshd.host_key().to_string())
                .env("STARTER_IDENTITY", sshd.target().identity.to_openssh()),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("it has begun")), "the starter did not start");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// In the process that [`Starter`] makes, this starts a run and follows it; among the other tests it does nothing.
#[tokio::test]
async fn a_starter_for_other_tests_to_kill() {
    use machines::{HostKey, Identity, Limits, LocalTarget, Machine, RemoteTarget, Target, Timeouts};
    let variable = |name: &str| std::env::var(name).ok();
    let target = match (variable("STARTER_FOLDER"), variable("STARTER_PORT")) {
        (Some(folder), _) => {
            Target::Local(LocalTarget { folder: folder.into(), user: None, limits: Limits::default() })
        }
        (_, Some(port)) => Target::Remote(RemoteTarget {
            address: "127.0.0.1".into(),
            port: port.parse().unwrap(),
            user: variable("STARTER_USER").unwrap(),
            host_key: Some(HostKey::parse(&variable("STARTER_HOST_KEY").unwrap()).unwrap()),
            identity: Identity::from_openssh(&variable("STARTER_IDENTITY").unwrap()).unwrap().into(),
            timeouts: Timeouts::default(),
        }),
        _ => return,
    };
    let machine = Machine::connect(&target).await.unwrap();
    let mut follow = machine.start(&spec("run-1", UNTIL_GO)).await.unwrap();
    read_until(&mut follow, "begun\n").await;
    println!("it has begun");
    let _ = read_to_end(&mut follow).await;
}
