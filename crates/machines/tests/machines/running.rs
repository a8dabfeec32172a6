use std::time::{Duration, Instant};

use machines::{Cancelled, Exit, News, RunError, Status, WorkingFolder};

use crate::support::{House, eventually, is_running, place, read_to_end, read_until, run, run_to_end, spec, within};

#[tokio::test]
async fn output_and_exit_status_come_back_from_both_kinds_of_machine() {
    for house in House::both() {
        let machine = house.machine().await;
        let told = run_to_end(&machine, &spec("run-1", "echo out; echo err >&2; pwd; exit 3")).await;
        assert_eq!(told.text(), format!("out\nerr\n{}\n", house.place().display()));
        assert_eq!(told.exit, Some(Exit { status: 3, timed_out: false, signal: None }));
        assert_eq!(machine.status(&run("run-1"), 1).await, Ok(Status::Ended(told.exit.unwrap())));
    }
}

#[tokio::test]
async fn output_comes_while_the_script_still_runs() {
    for house in House::both() {
        let machine = house.machine().await;
        let script = "echo first; while [ ! -e go ]; do sleep 0.05; done; echo second";
        let mut follow = machine.start(&spec("run-1", script)).await.unwrap();
        assert_eq!(read_until(&mut follow, "first\n").await, "first\n");
        assert_eq!(machine.status(&run("run-1"), 1).await, Ok(Status::Running));
        std::fs::write(house.place().join("go"), "").unwrap();
        assert_eq!(read_to_end(&mut follow).await.unwrap().text(), "second\n");
        assert_eq!(follow.next().await, Ok(News::Ended(Exit { status: 0, timed_out: false, signal: None })));
    }
}

#[tokio::test]
async fn starting_twice_runs_once_and_both_see_all_of_it() {
    for house in House::both() {
        let machine = house.machine().await;
        let once = spec("run-1", "echo x >> count; while [ ! -e go ]; do sleep 0.05; done; cat count");
        let (first, second) = tokio::join!(machine.start(&once), machine.start(&once));
        let (mut first, mut second) = (first.unwrap(), second.unwrap());
        std::fs::write(house.place().join("go"), "").unwrap();
        assert_eq!(read_to_end(&mut first).await.unwrap().text(), "x\n");
        assert_eq!(read_to_end(&mut second).await.unwrap().text(), "x\n");
        assert_eq!(run_to_end(&machine, &once).await.text(), "x\n");
    }
}

#[tokio::test]
async fn a_follower_reads_on_from_the_byte_where_it_stopped() {
    for house in House::both() {
        let machine = house.machine().await;
        run_to_end(&machine, &spec("run-1", "printf 0123456789")).await;
        for offset in [0, 4, 10] {
            let mut follow = machine.follow(&run("run-1"), 1, offset).await.unwrap();
            assert_eq!(read_to_end(&mut follow).await.unwrap().text(), "0123456789"[offset as usize..]);
            assert_eq!(follow.offset(), 10);
        }
        assert!(matches!(machine.follow(&run("run-2"), 1, 0).await, Err(RunError::Unknown)));
    }
}

#[tokio::test]
async fn the_machine_itself_keeps_the_time_limit() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut slow =
            spec("run-1", "trap 'echo asked to stop; exit 7' TERM; echo begun; while :; do sleep 0.05; done");
        slow.time_limit = Duration::from_secs(1);
        drop(machine.start(&slow).await.unwrap());
        machine.close().await;

        let machine = house.machine().await;
        let mut follow = machine.follow(&run("run-1"), 1, 0).await.unwrap();
        let told = read_to_end(&mut follow).await.unwrap();
        assert!(told.text().starts_with("begun\n") && told.text().ends_with("asked to stop\n"), "{}", told.text());
        assert_eq!(told.exit, Some(Exit { status: 7, timed_out: true, signal: None }));
    }
}

#[tokio::test]
async fn a_time_limit_ends_children_that_ignore_it_too() {
    let house = House::here();
    let machine = house.machine().await;
    let mut slow = spec("run-1", "(trap '' TERM; echo $$; while :; do sleep 0.05; done) & wait");
    slow.time_limit = Duration::from_secs(1);
    let told = run_to_end(&machine, &slow).await;
    assert!(told.exit.unwrap().timed_out);
    let left = machine.cancel(&run("run-1"), 1, Duration::ZERO).await;
    assert_eq!(left, Ok(Cancelled::Gone));
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_does_not_hold_up_the_run() {
    for house in House::both() {
        let machine = house.machine().await;
        let began = Instant::now();
        let told = run_to_end(&machine, &spec("run-1", "setsid sleep 50 & echo $! > daemon; echo done")).await;
        assert_eq!((told.text().as_str(), told.status()), ("done\n", 0));
        assert!(began.elapsed() < Duration::from_secs(20));
        // It was not the run's to end; and the next run finds the place free.
        let daemon = std::fs::read_to_string(house.place().join("daemon")).unwrap().trim().parse().unwrap();
        assert!(is_running(daemon));
        assert_eq!(run_to_end(&machine, &spec("run-2", "echo next")).await.text(), "next\n");
        assert_eq!(machine.cancel(&run("run-1"), 1, Duration::ZERO).await, Ok(Cancelled::Gone));
        eventually("the daemon is ended by a cancellation", async || !is_running(daemon)).await;
    }
}

#[tokio::test]
async fn cancelling_ends_the_whole_family_even_if_it_hides_and_ignores_term() {
    for house in House::both() {
        let machine = house.machine().await;
        let script = "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > hidden; while :; do sleep 0.05; done' &
            while [ ! -s hidden ]; do sleep 0.05; done; echo begun; while :; do sleep 0.05; done";
        let mut follow = machine.start(&spec("run-1", script)).await.unwrap();
        read_until(&mut follow, "begun").await;
        let hidden = std::fs::read_to_string(house.place().join("hidden")).unwrap().trim().parse().unwrap();
        assert!(is_running(hidden));
        // The follower above holds the first connection; a cancellation does not wait for it.
        let cancelled = within(machine.cancel(&run("run-1"), 1, Duration::from_secs(1))).await;
        assert_eq!(cancelled, Ok(Cancelled::Gone));
        assert!(!is_running(hidden));
        assert_eq!(read_to_end(&mut follow).await.unwrap().exit.unwrap().signal, Some(9));
        let status = machine.status(&run("run-1"), 1).await;
        assert!(matches!(status, Ok(Status::Ended(Exit { signal: Some(9), timed_out: false, .. }))), "{status:?}");
    }
}

#[tokio::test]
async fn a_script_may_clean_up_when_it_is_cancelled() {
    let house = House::there();
    let machine = house.machine().await;
    let script = "trap 'echo cleaned; exit 4' TERM; echo begun; while :; do sleep 0.05; done";
    let mut follow = machine.start(&spec("run-1", script)).await.unwrap();
    read_until(&mut follow, "begun").await;
    assert_eq!(machine.cancel(&run("run-1"), 1, Duration::from_secs(20)).await, Ok(Cancelled::Gone));
    let told = read_to_end(&mut follow).await.unwrap();
    assert!(told.text().ends_with("cleaned\n"));
    assert_eq!(told.status(), 4);
}

#[tokio::test]
async fn one_run_at_a_time_works_in_a_place() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut first = machine.start(&spec("run-1", "while [ ! -e go ]; do sleep 0.05; done")).await.unwrap();
        let busy = machine.start(&spec("run-2", "echo second")).await.err();
        assert_eq!(busy, Some(RunError::Busy { run: "run-1".into() }));
        assert_eq!(machine.status(&run("run-2"), 1).await, Ok(Status::Unknown));

        let mut own = spec("run-3", "pwd");
        own.folder = WorkingFolder::Own;
        let told = run_to_end(&machine, &own).await;
        assert_eq!(told.text().trim(), house.run_folder("run-3").join("work").to_str().unwrap());
        let healthy = machine.health(&place(), "[ ! -e go ]", &[], Duration::from_secs(5)).await;
        assert_eq!(healthy.unwrap().status, 0);

        std::fs::write(house.place().join("go"), "").unwrap();
        read_to_end(&mut first).await.unwrap();
        assert_eq!(run_to_end(&machine, &spec("run-2", "echo second")).await.text(), "second\n");
    }
}

#[tokio::test]
async fn a_health_check_has_variables_a_status_and_a_time_limit_and_leaves_nothing() {
    for house in House::both() {
        let machine = house.machine().await;
        let variables = [("WANTED".to_owned(), "it's 4".to_owned())];
        let second = Duration::from_secs(1);
        let healthy = machine.health(&place(), "[ \"$WANTED\" = \"it's 4\" ]", &variables, second * 20).await.unwrap();
        assert_eq!(healthy, Exit { status: 0, timed_out: false, signal: None });
        let hanging = machine.health(&place(), "sleep 60", &[], second).await.unwrap();
        assert!(hanging.timed_out && hanging.status != 0);
        let runs = house.home().join(".countersign/runs");
        assert_eq!(std::fs::read_dir(&runs).unwrap().count(), 0, "not even a memory of it");
        // One whose end nobody heard of goes with the next one, a day later.
        let two_days_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
        for left in ["health-0", "run-1"] {
            std::fs::create_dir(runs.join(left)).unwrap();
            std::fs::File::open(runs.join(left)).unwrap().set_modified(two_days_ago).unwrap();
        }
        machine.health(&place(), "true", &[], second * 20).await.unwrap();
        assert!(!runs.join("health-0").exists() && runs.join("run-1").exists());
    }
}

#[tokio::test]
async fn a_first_line_names_the_interpreter() {
    let house = House::here();
    let machine = house.machine().await;
    let told = run_to_end(&machine, &spec("run-1", "#!/usr/bin/env -S sed -n 2p\nsecond line\n")).await;
    assert_eq!(told.text(), "second line\n");
    let told = run_to_end(&machine, &spec("run-2", "#!/no/such/interpreter\n")).await;
    assert_eq!(told.status(), 127, "{}", told.text());
}

#[tokio::test]
async fn forgetting_removes_all_but_the_memory_that_it_was() {
    for house in House::both() {
        let machine = house.machine().await;
        let once = spec("run-1", "echo x >> count; while [ ! -e go ]; do sleep 0.05; done");
        let mut follow = machine.start(&once).await.unwrap();
        assert_eq!(machine.forget(&run("run-1"), 1).await, Err(RunError::Busy { run: "run-1".into() }));
        std::fs::write(house.place().join("go"), "").unwrap();
        read_to_end(&mut follow).await.unwrap();

        assert_eq!(machine.forget(&run("run-1"), 1).await, Ok(()));
        assert!(!house.run_folder("run-1").join("out").exists());
        assert!(matches!(machine.start(&once).await, Err(RunError::Refused(_))));
        assert_eq!(std::fs::read_to_string(house.place().join("count")).unwrap(), "x\n");
    }
}
