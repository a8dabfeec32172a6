use std::path::Path;
use std::process::Command;

use machines::{ArtifactFile, Machine, RunError, WorkingFolder};
use sha2::{Digest, Sha256};

use crate::support::{House, place, run, run_to_end, spec};

fn sum(path: &Path) -> String {
    hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
}

/// A file of two MiB, and a folder with a link and a program in it.
fn artifacts(folder: &Path) -> Vec<ArtifactFile> {
    let file = folder.join("file");
    std::fs::write(&file, (0..2 * 1024 * 1024).map(|index| (index * 7 % 251) as u8).collect::<Vec<_>>()).unwrap();
    let site = folder.join("site");
    std::fs::create_dir_all(site.join("assets")).unwrap();
    std::fs::write(site.join("assets/a page.html"), "hello\n").unwrap();
    let tar = folder.join("site.tar");
    let status = Command::new("tar").arg("-cf").arg(&tar).arg("-C").arg(&site).arg(".").status().unwrap();
    assert!(status.success());
    vec![
        ArtifactFile { name: "app.bin".into(), sha256: sum(&file), path: file, folder: false },
        ArtifactFile { name: "site".into(), sha256: sum(&tar), path: tar, folder: true },
    ]
}

async fn send(machine: &Machine, files: &[ArtifactFile]) -> Result<String, RunError> {
    machine.send_artifacts(&place(), "v1.4", files).await
}

#[tokio::test]
async fn artifacts_arrive_whole_and_are_not_sent_again() {
    for house in House::both() {
        let here = tempfile::tempdir().unwrap();
        let files = artifacts(here.path());
        let machine = house.machine().await;
        let folder = send(&machine, &files).await.unwrap();
        assert_eq!(folder, house.place().join("artifacts/v1.4").to_str().unwrap());
        assert_eq!(sum(&Path::new(&folder).join("app.bin")), files[0].sha256);
        assert_eq!(std::fs::read_to_string(Path::new(&folder).join("site/assets/a page.html")).unwrap(), "hello\n");

        // Without the files here, sending them would fail.
        std::fs::remove_file(&files[0].path).unwrap();
        assert_eq!(send(&machine, &files).await.unwrap(), folder);
        let names: Vec<_> = std::fs::read_dir(house.place().join("artifacts")).unwrap().flatten().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }
}

#[tokio::test]
async fn what_arrived_with_another_sum_never_appears() {
    for house in House::both() {
        let here = tempfile::tempdir().unwrap();
        let mut files = artifacts(here.path());
        files[0].sha256 = "0".repeat(64);
        let machine = house.machine().await;
        let error = send(&machine, &files).await.err();
        assert!(matches!(error, Some(RunError::Artifact(_))), "{error:?}");
        assert!(!house.place().join("artifacts/v1.4").exists());
        let files = artifacts(here.path());
        assert!(send(&machine, &files).await.is_ok());
    }
}

#[tokio::test]
async fn other_files_under_the_same_release_replace_the_old_ones_at_once() {
    let house = House::there();
    let here = tempfile::tempdir().unwrap();
    let machine = house.machine().await;
    let files = artifacts(here.path());
    let folder = send(&machine, &files).await.unwrap();
    assert_eq!(send(&machine, &files[1..]).await.unwrap(), folder);
    assert!(!Path::new(&folder).join("app.bin").exists());
    assert!(Path::new(&folder).join("site").exists());
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    let house = House::here();
    let here = tempfile::tempdir().unwrap();
    let machine = house.machine().await;
    for name in ["..", "../x", ".hidden", "-rf", "a/b", "a b", ""] {
        let mut files = artifacts(here.path());
        files[0].name = name.into();
        assert!(matches!(send(&machine, &files).await, Err(RunError::Refused(_))), "{name:?}");
        let collected = machine.collect(&run("run-1"), 1, &[format!("x/{name}/../y")], here.path(), 1).await;
        assert!(matches!(collected, Err(RunError::Refused(_))), "{name:?}");
    }
}

#[tokio::test]
async fn what_a_script_left_is_collected_files_as_they_are_and_folders_as_tar() {
    for house in House::both() {
        let machine = house.machine().await;
        let mut build = spec("run-1", "mkdir -p dist/sub; echo page > dist/sub/page; printf 'a\\0b' > app.bin");
        build.folder = WorkingFolder::Own;
        run_to_end(&machine, &build).await;
        let into = tempfile::tempdir().unwrap();
        let names = ["app.bin".to_owned(), "dist".to_owned(), "dist/sub/page".to_owned()];
        let collected = machine.collect(&run("run-1"), 1, &names, into.path(), 1_000_000).await.unwrap();
        assert_eq!(std::fs::read(&collected[0].path).unwrap(), b"a\0b");
        assert_eq!(
            (collected[0].size, collected[0].folder, &collected[0].sha256),
            (3, false, &sum(&collected[0].path))
        );
        assert!(collected[1].folder);
        let list = Command::new("tar").arg("-tf").arg(&collected[1].path).output().unwrap().stdout;
        assert!(String::from_utf8(list).unwrap().contains("./sub/page"));

        let too_large = machine.collect(&run("run-1"), 1, &names, into.path(), 100).await;
        assert!(matches!(too_large, Err(RunError::Artifact(_))), "{too_large:?}");
        let missing = machine.collect(&run("run-1"), 1, &["nothing".into()], into.path(), 100).await;
        assert!(matches!(missing, Err(RunError::Artifact(_))), "{missing:?}");
    }
}

#[tokio::test]
async fn a_place_keeps_twenty_releases_and_those_of_a_month() {
    let month = std::time::Duration::from_secs(31 * 24 * 3600);
    for house in House::both() {
        let here = tempfile::tempdir().unwrap();
        let files = &artifacts(here.path())[1..];
        let machine = house.machine().await;
        let base = house.place().join("artifacts");
        let ages = |folder: &Path| {
            let before = std::time::SystemTime::now() - month;
            std::fs::File::open(folder).unwrap().set_modified(before).unwrap();
        };
        let mut folders = Vec::new();
        for number in 0..21 {
            folders.push(machine.send_artifacts(&place(), &format!("v{number}"), files).await.unwrap());
            if number < 3 {
                ages(Path::new(&folders[number]));
            }
        }
        std::fs::create_dir(base.join("of-a-script")).unwrap();
        ages(&base.join("of-a-script"));
        let remain = || std::fs::read_dir(&base).unwrap().count();
        assert_eq!(remain(), 21, "one too many, of which three are old: one of them went");
        // One of the old ones is asked for once more.
        machine.send_artifacts(&place(), "v1", files).await.unwrap();
        machine.send_artifacts(&place(), "v21", files).await.unwrap();
        assert!(base.join("v1").exists() && base.join("of-a-script").exists() && !base.join("v2").exists());
        machine.send_artifacts(&place(), "v22", files).await.unwrap();
        assert_eq!(remain(), 22, "the others are not a month old");
    }
}
