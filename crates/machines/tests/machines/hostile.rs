//! Values that want to be commands arrive as values, and nobody sees them in passing.

use machines::{RunError, WorkingFolder};

use crate::support::{House, read_to_end, read_until, run_to_end, spec};

fn hostile_values() -> Vec<(String, String)> {
    let every_character: String = ('\u{1}'..='\u{7ff}').collect();
    let values = [
        "$(touch canary)",
        "`touch canary`",
        "'; touch canary; '",
        "\"; touch canary; \"",
        "\\'; touch canary #",
        "; touch canary",
        "& touch canary &",
        "| touch canary",
        "\ntouch canary\n",
        "\n\n\n",
        "-e -n --help",
        "*",
        "~",
        "${HOME}",
        "%s%n\\n\\0",
        "  two  spaces\t",
        "EOF",
        "",
        "会签 🎉 é",
        &every_character,
        &"x'\n".repeat(34_000),
    ];
    values.iter().enumerate().map(|(index, value)| (format!("VALUE_{index}"), (*value).to_owned())).collect()
}

#[tokio::test]
async fn hostile_values_arrive_byte_for_byte_and_run_nothing() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut hostile = spec("run-1", "env -0; ls -A . .. \"$HOME\" >&2; test ! -e canary");
        hostile.variables = hostile_values();
        let told = run_to_end(&machine, &hostile).await;
        assert_eq!(told.status(), 0);
        let entries: Vec<&[u8]> = told.output.split(|byte| *byte == 0).collect();
        for (name, value) in &hostile.variables {
            let wanted = format!("{name}={value}").into_bytes();
            assert!(entries.contains(&wanted.as_slice()), "{name} came as something else than {value:.40?}");
        }
        assert!(!String::from_utf8_lossy(entries.last().unwrap()).contains("canary"));
        let files = std::fs::read_dir(house.run_folder("run-1")).unwrap().flatten();
        let names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
        assert!(!names.iter().any(|name| name == "values" || name == "index"), "{names:?}");
    }
}

#[tokio::test]
async fn neither_values_nor_the_script_stand_in_an_argument_list() {
    for house in House::both() {
        let machine = house.machine().await;
        let script = "echo begun; : HIDDENSCRIPT; while [ ! -e go ]; do sleep 0.05; done";
        let mut secret = spec("run-1", script);
        secret.variables = vec![("PASSWORD".into(), "HIDDENVALUE".into())];
        let starting = machine.start(&secret);
        let mut looked = 0;
        let mut follow = {
            tokio::pin!(starting);
            // The whole time while it starts, and once while it runs.
            loop {
                tokio::select! {
                    biased;
                    follow = &mut starting => break follow.unwrap(),
                    () = tokio::task::yield_now() => { look_at_all_argument_lists(); looked += 1; }
                }
            }
        };
        read_until(&mut follow, "begun").await;
        look_at_all_argument_lists();
        assert!(looked > 0);
        std::fs::write(house.place().join("go"), "").unwrap();
        read_to_end(&mut follow).await.unwrap();
    }
}

fn look_at_all_argument_lists() {
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let words = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        assert!(!words.contains("HIDDENVALUE") && !words.contains("HIDDENSCRIPT"), "{words}");
    }
}

#[tokio::test]
async fn a_script_on_this_machine_sees_nothing_of_the_servers_environment() {
    let house = House::here();
    let machine = house.machine().await;
    let told = run_to_end(&machine, &spec("run-1", "env | cut -d= -f1 | sort | tr '\\n' ' '")).await;
    assert_eq!(told.text(), "COUNTERSIGN_RUN COUNTERSIGN_RUN_FOLDER HOME LANG OLDPWD PATH PWD ");
}

#[tokio::test]
async fn names_that_are_read_by_shells_are_refused_before_anything_is_sent() {
    let house = House::here();
    let machine = house.machine().await;
    let mut bad = spec("run-1", "true");
    bad.folder = WorkingFolder::Own;
    bad.variables = vec![("PATH".into(), "/tmp".into())];
    assert!(matches!(machine.start(&bad).await, Err(RunError::Refused(_))));
    assert!(!house.home().join(".countersign").exists());
}
