//! The constant command that every machine is given, here and over SSH.

/// What runs on the machine; `main.sh` says how it is spoken to. It comes last, because it is what begins.
pub(crate) const WRAPPER: &str = concat!(
    include_str!("wrapper/owners.sh"),
    include_str!("wrapper/start.sh"),
    include_str!("wrapper/supervise.sh"),
    include_str!("wrapper/processes.sh"),
    include_str!("wrapper/verbs.sh"),
    include_str!("wrapper/follow.sh"),
    include_str!("wrapper/artifacts.sh"),
    include_str!("wrapper/main.sh"),
);

/// The first argument of `sh -c`: it runs its own first argument, which is how the wrapper can pass itself on.
pub(crate) const RUN_ARGUMENT: &str = r#"eval "$1""#;

/// The first line of both streams.
pub(crate) const GREETING: &[u8] = b"countersign 1\n";

/// What sshd hands to the login shell. A constant: nothing of a run is in it.
pub(crate) fn command() -> String {
    format!("exec sh -c '{RUN_ARGUMENT}' countersign '{WRAPPER}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrapper_fits_between_single_quotes_and_into_one_argument() {
        assert!(!WRAPPER.contains('\''));
        assert!(command().len() < 64 * 1024);
    }
}
