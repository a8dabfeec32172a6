//! What the peers in other languages need is installed on first use, in the versions of their lock files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The folder of the Node peer, with its packages.
pub fn node() -> Result<PathBuf> {
    let folder = peers().join("node");
    let stamp = folder.join("node_modules/.bench-package-lock.json");
    install(&folder.join("package-lock.json"), &stamp, |_| {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(arguments).current_dir(&folder))
    })?;
    Ok(folder)
}

/// Python with Django's packages, and the folder of the Django peer.
pub fn python() -> Result<(PathBuf, PathBuf)> {
    Ok((python_with("django")?.join("python"), peers().join("django")))
}

/// The program `ansible`.
pub fn ansible() -> Result<PathBuf> {
    Ok(python_with("ansible")?.join("ansible"))
}

/// The programs of the tests' Python environment, with the packages of a peer in it.
fn python_with(peer: &str) -> Result<PathBuf> {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/python");
    let python = environment.join("bin/python");
    let stamp = environment.join(format!("bench-{peer}-requirements.txt"));
    install(&peers().join(peer).join("requirements.txt"), &stamp, |requirements| {
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        }
        let arguments = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement"];
        run(Command::new(&python).args(arguments).arg(requirements))
    })?;
    Ok(environment.join("bin"))
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The stamp is a copy of the list that was installed from.
fn install(list: &Path, stamp: &Path, packages: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let wanted = std::fs::read(list).with_context(|| format!("can not read {}", list.display()))?;
    if std::fs::read(stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("installing what {} lists", list.display());
    packages(list)?;
    Ok(std::fs::write(stamp, wanted)?)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    // Standard output is for the tables.
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = output.with_context(|| format!("can not start {name}"))?;
    ensure!(status.success(), "{name} failed: {status}");
    Ok(())
}
