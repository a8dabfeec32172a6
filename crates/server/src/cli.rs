//! The commands of the program.

use clap::{Parser, Subcommand};

use crate::audit::AuditCommand;
use crate::backup::{Backup, Restore};
use crate::config::Config;
use crate::flow_command::FlowCommand;

#[derive(Debug, Parser)]
#[command(name = "countersign", version, about = "Countersign 会签: talk, approve and release on one live page")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the product.
    Serve(Box<Config>),
    /// Check, publish and print flows as text.
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Verify the audit trail, or show the key that it is signed with.
    #[command(subcommand)]
    Audit(AuditCommand),
    Backup(Backup),
    Restore(Restore),
    /// Print the description of the HTTP interface (OpenAPI, JSON).
    Openapi,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_option_has_an_environment_variable() {
        let cli = Cli::command();
        let serve = cli.find_subcommand("serve").unwrap();
        for argument in serve.get_arguments().filter(|argument| argument.get_id() != "help") {
            assert!(argument.get_env().is_some(), "{} has none", argument.get_id());
            assert!(argument.get_help().is_some(), "{} is not explained", argument.get_id());
        }
    }
}
