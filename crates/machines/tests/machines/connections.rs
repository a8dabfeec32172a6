//! What can be wrong with a connection, each said as what it is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use machines::testing::{Sshd, SshdOptions};
use machines::{ConnectError, Examination, Identity, Machine, RemoteTarget, RunError, Target, Timeouts, examine};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{House, read_until, run_to_end, spec, within};

async fn refusal(target: RemoteTarget) -> ConnectError {
    within(Machine::connect(&Target::Remote(target))).await.err().expect("this must not connect")
}

fn impatient() -> Timeouts {
    Timeouts { connect: Duration::from_secs(1), keepalive: Duration::from_secs(1), answer: Duration::from_secs(5) }
}

/// The last step, its code, and the number of steps before it.
fn outcome(examination: &Examination) -> (&'static str, Option<&'static str>, usize) {
    let last = examination.steps.last().unwrap();
    assert!(examination.steps.iter().rev().skip(1).all(|step| step.ok));
    (last.name, last.code, examination.steps.len() - 1)
}

#[tokio::test]
async fn a_good_host_passes_every_step() {
    let sshd = Sshd::start();
    let examination = examine(&sshd.target()).await;
    assert!(examination.succeeded(), "{examination:?}");
    let names: Vec<_> = examination.steps.iter().map(|step| step.name).collect();
    assert_eq!(names, ["resolve", "connect", "host_key", "sign_in", "tools", "folder", "disk", "sftp"]);
    assert_eq!(examination.found_key, Some(sshd.host_key()));
}

#[tokio::test]
async fn an_unknown_key_and_a_changed_key_are_told_apart_and_shown() {
    let mut sshd = Sshd::start();
    let mut unknown = sshd.target();
    unknown.host_key = None;
    let found = sshd.host_key();
    assert_eq!(refusal(unknown.clone()).await, ConnectError::HostKeyUnknown { found: found.clone() });
    let examination = examine(&unknown).await;
    assert_eq!(outcome(&examination), ("host_key", Some("host_key_unknown"), 2));
    assert_eq!(examination.found_key, Some(found));

    let pinned = sshd.target();
    sshd.change_host_key();
    let found = sshd.host_key();
    assert_eq!(refusal(pinned.clone()).await, ConnectError::HostKeyChanged { found: found.clone() });
    let examination = examine(&pinned).await;
    assert_eq!(outcome(&examination), ("host_key", Some("host_key_changed"), 2));
    assert!(examination.steps[2].note.contains(&found.fingerprint()));
}

#[tokio::test]
async fn nothing_of_ours_is_sent_to_a_host_whose_key_is_not_the_confirmed_one() {
    // A proxy counts what we send: with a wrong key, only the version and the key exchange.
    let sshd = Sshd::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (record, behind) = (sent.clone(), sshd.port());
    let proxy = tokio::spawn(async move {
        let (ours, _) = listener.accept().await.unwrap();
        let theirs = tokio::net::TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
        let ((mut from_us, mut to_us), (mut from_them, mut to_them)) = (ours.into_split(), theirs.into_split());
        let back = tokio::spawn(async move { tokio::io::copy(&mut from_them, &mut to_us).await });
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = from_us.read(&mut bytes).await {
            record.lock().unwrap().extend_from_slice(&bytes[..length]);
            if tokio::io::AsyncWriteExt::write_all(&mut to_them, &bytes[..length]).await.is_err() {
                break;
            }
        }
        back.abort();
    });
    let mut wrong = sshd.target();
    wrong.port = port;
    wrong.host_key = None;
    assert_eq!(refusal(wrong).await.code(), "host_key_unknown");
    within(proxy).await.unwrap();
    let sent = sent.lock().unwrap();
    let (version, mut packets) = sent.split_at(sent.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    assert!(version.starts_with(b"SSH-2.0-"));
    // Key exchange messages are numbers 20 to 49, NEWKEYS among them, 1 is a farewell; signing in starts with 5.
    let mut kinds = Vec::new();
    while let Some((head, _)) = packets.split_first_chunk::<6>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        kinds.push(head[5]);
        packets = packets.get(4 + length..).unwrap_or_default();
    }
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == 1 || (20..50).contains(kind)), "{kinds:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_and_a_port_that_refuses_are_said() {
    let mut sshd = Sshd::start();
    let mut nowhere = sshd.target();
    nowhere.address = "no-such-host.invalid".into();
    assert_eq!(refusal(nowhere.clone()).await.code(), "resolve");
    assert_eq!(outcome(&examine(&nowhere).await), ("resolve", Some("resolve"), 0));

    let target = sshd.target();
    sshd.stop_listening();
    assert_eq!(refusal(target.clone()).await, ConnectError::Refused);
    assert_eq!(outcome(&examine(&target).await), ("connect", Some("refused"), 1));
}

#[tokio::test]
async fn a_host_that_hangs_is_given_up_before_and_after_it_is_connected() {
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.timeouts = impatient();
    let machine = Machine::connect(&Target::Remote(target.clone())).await.unwrap();
    let mut follow = machine.start(&spec("run-1", "echo begun; sleep 60")).await.unwrap();
    read_until(&mut follow, "begun").await;

    sshd.freeze();
    assert_eq!(refusal(target.clone()).await, ConnectError::TimedOut);
    assert_eq!(outcome(&examine(&target).await), ("host_key", Some("timed_out"), 2));
    assert!(matches!(within(follow.next()).await, Err(RunError::Lost(_))));
    sshd.thaw();
}

#[tokio::test]
async fn a_user_or_a_key_that_the_host_does_not_want_is_said() {
    let sshd = Sshd::start();
    let mut stranger = sshd.target();
    stranger.identity = Arc::new(Identity::generate());
    assert_eq!(refusal(stranger.clone()).await, ConnectError::UserRejected);
    assert_eq!(outcome(&examine(&stranger).await), ("sign_in", Some("user_rejected"), 3));
    let mut nobody = sshd.target();
    nobody.user = "no-such-user".into();
    assert_eq!(refusal(nobody).await, ConnectError::UserRejected);
}

#[tokio::test]
async fn something_else_than_ssh_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.port = listener.local_addr().unwrap().port();
    let answer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    assert_eq!(refusal(target).await.code(), "protocol");
    answer.await.unwrap();
}

#[tokio::test]
async fn an_examination_finds_what_is_missing_behind_the_sign_in() {
    let empty = tempfile::tempdir().unwrap();
    let environment = vec![("PATH".to_owned(), empty.path().to_str().unwrap().to_owned())];
    std::os::unix::fs::symlink("/bin/sh", empty.path().join("sh")).unwrap();
    let sshd = Sshd::start_with(SshdOptions { environment, ..SshdOptions::default() });
    assert_eq!(outcome(&examine(&sshd.target()).await), ("tools", Some("tools"), 4));

    let house = House::there();
    std::fs::write(house.home().join(".countersign"), "a file in the way").unwrap();
    let Target::Remote(target) = house.target() else { unreachable!() };
    assert_eq!(outcome(&examine(&target).await), ("folder", Some("disk"), 5));

    let sshd = Sshd::start_with(SshdOptions { sftp: false, ..SshdOptions::default() });
    assert_eq!(outcome(&examine(&sshd.target()).await), ("sftp", Some("refused"), 7));
}

#[tokio::test]
async fn twenty_hosts_run_at_the_same_time() {
    let hosts: Vec<Sshd> = (0..20).map(|_| Sshd::start()).collect();
    let runs = hosts.iter().map(|sshd| {
        let target = Target::Remote(sshd.target());
        tokio::spawn(async move {
            let machine = Machine::connect(&target).await.unwrap();
            run_to_end(&machine, &spec("run-1", "echo \"$HOME\"")).await.text()
        })
    });
    for (run, sshd) in runs.collect::<Vec<_>>().into_iter().zip(&hosts) {
        assert_eq!(run.await.unwrap().trim(), sshd.home().to_str().unwrap());
    }
}
