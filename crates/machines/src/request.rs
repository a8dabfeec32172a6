//! What the wrapper reads on stdin: one line of words, then a payload whose lengths the line says.

use std::fmt::Write;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{Limits, RunError, RunSpec, WorkingFolder};

const MAX_SCRIPT: usize = 1024 * 1024;
const MAX_VARIABLES: usize = 1024 * 1024;
/// Linux takes no string of 128 KiB or more into an environment.
const MAX_VALUE: usize = 120 * 1024;
const MAX_OUTPUT_KIB: u64 = 1024 * 1024;

pub(crate) struct Request {
    pub bytes: Bytes,
}

impl Request {
    /// The words must be of `[A-Za-z0-9._/-]`: all callers build them from checked names and numbers.
    pub(crate) fn new(words: &[&str], payload: &[u8]) -> Self {
        debug_assert!(words.iter().all(|word| !word.is_empty() && word.bytes().all(is_word_byte)), "{words:?}");
        let mut bytes = BytesMut::from(words.join(" ").as_bytes());
        bytes.put_u8(b'\n');
        bytes.put_slice(payload);
        Self { bytes: bytes.freeze() }
    }

    /// `takes_lock`: a shared folder is for one run at a time, except for health checks.
    pub(crate) fn start(spec: &RunSpec, lock: Lock, limits: Limits) -> Result<Self, RunError> {
        check(spec)?;
        let mut index = String::new();
        let mut payload = BytesMut::from(spec.script.as_bytes());
        for (name, value) in &spec.variables {
            // Writing into a string can not fail.
            let _ = writeln!(index, "{name} {}", value.len());
        }
        payload.put_slice(index.as_bytes());
        let values = spec.variables.iter().map(|(_, value)| value.len()).sum::<usize>();
        for (_, value) in &spec.variables {
            payload.put_slice(value.as_bytes());
        }

        let folder = match (spec.folder, lock) {
            (WorkingFolder::Own, _) => "own",
            (WorkingFolder::Shared, Lock::Place) => "shared",
            (WorkingFolder::Shared, Lock::None) => "unlocked",
        };
        let words = [
            "start".to_owned(),
            spec.run.to_string(),
            spec.epoch.to_string(),
            spec.place.to_string(),
            folder.to_owned(),
            spec.time_limit.as_secs().max(1).to_string(),
            spec.max_output.div_ceil(1024).clamp(1, MAX_OUTPUT_KIB).to_string(),
            spec.script.len().to_string(),
            index.len().to_string(),
            values.to_string(),
            limit(limits.open_files, 1),
            limit(limits.processes, 1),
            // ulimit counts memory in KiB and files in blocks of 512 bytes.
            limit(limits.memory_mib, 1024),
            limit(limits.file_size_mib, 2048),
        ];
        Ok(Self::new(&words.each_ref().map(String::as_str), &payload))
    }
}

/// Does a run wait for nobody else in its place?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Place,
    None,
}

fn limit(value: Option<u32>, factor: u64) -> String {
    value.map_or("-".to_owned(), |value| (u64::from(value) * factor).to_string())
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._/-".contains(&byte)
}

fn check(spec: &RunSpec) -> Result<(), RunError> {
    let refused = |words: String| Err(RunError::Refused(words));
    if spec.script.len() > MAX_SCRIPT {
        return refused(format!("the script is larger than {MAX_SCRIPT} bytes"));
    }
    for (name, value) in &spec.variables {
        if !is_variable_name(name) {
            return refused(format!("a script can not be given a variable named {name:?}"));
        }
        if value.len() > MAX_VALUE || value.contains('\0') {
            return refused(format!("the value of {name} is longer than {MAX_VALUE} bytes, or has a NUL in it"));
        }
    }
    let total: usize = spec.variables.iter().map(|(name, value)| name.len() + value.len() + 10).sum();
    if total > MAX_VARIABLES {
        return refused(format!("the variables are larger than {MAX_VARIABLES} bytes together"));
    }
    Ok(())
}

/// Capital letters: the wrapper's own names are small ones. What shells and the loader read is not for values of forms.
fn is_variable_name(name: &str) -> bool {
    const RESERVED: [&str; 14] = [
        "PATH",
        "HOME",
        "IFS",
        "ENV",
        "PWD",
        "OLDPWD",
        "PPID",
        "UID",
        "EUID",
        "GROUPS",
        "SHELLOPTS",
        "OPTIND",
        "SHLVL",
        "PS4",
    ];
    let mut bytes = name.bytes();
    name.len() <= 128
        && bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && !RESERVED.contains(&name)
        && !["LD_", "BASH", "COUNTERSIGN_RUN", "COUNTERSIGN_SUPERVISOR"].iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Place, RunId};

    fn spec(variables: &[(&str, &str)]) -> RunSpec {
        RunSpec {
            run: RunId::new("run-1").unwrap(),
            epoch: 3,
            place: Place::new("web", "staging").unwrap(),
            folder: WorkingFolder::Shared,
            script: "echo hi\n".into(),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            time_limit: Duration::from_secs(60),
            max_output: 1000,
        }
    }

    #[test]
    fn values_stand_only_in_the_payload_behind_their_lengths() {
        let request = Request::start(&spec(&[("A", "x'\n"), ("B", "")]), Lock::Place, Limits::default()).unwrap();
        let expected = "start run-1 3 web/staging shared 60 1 8 8 3 - - - -\necho hi\nA 3\nB 0\nx'\n";
        assert_eq!(request.bytes, expected.as_bytes());
    }

    #[test]
    fn names_that_shells_or_the_loader_read_are_refused() {
        for name in ["", "a", "1A", "A-B", "A=B", "PATH", "LD_PRELOAD", "BASH_ENV", "IFS", "COUNTERSIGN_RUN", "A\nB"] {
            assert!(Request::start(&spec(&[(name, "")]), Lock::Place, Limits::default()).is_err(), "{name:?}");
        }
        assert!(Request::start(&spec(&[("A", "\0")]), Lock::Place, Limits::default()).is_err());
        let long = "x".repeat(MAX_VALUE + 1);
        assert!(Request::start(&spec(&[("A", &long)]), Lock::Place, Limits::default()).is_err());
    }
}
