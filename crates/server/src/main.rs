use std::process::ExitCode;

use clap::Parser;
use countersign::app::{self, App};
use countersign::audit::{AuditCommand, Verify};
use countersign::cli::{Cli, Command};
use countersign::config::Config;
use countersign::flow_command::{self, FlowCommand};
use countersign::{audit, orders, web};

/// Orders that do not fit, and are named.
const MISMATCHES: usize = 100;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(config) => serve(*config),
        Command::Flow(command) => flow(command),
        Command::Backup(options) => run(options.run()),
        Command::Restore(options) => run(options.run()),
        Command::Openapi => {
            println!("{}", web::openapi_json());
            ExitCode::SUCCESS
        }
        Command::Audit(AuditCommand::Verify(options)) => verify(options),
        Command::Audit(AuditCommand::Key { data }) => audit::print_key(&data),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn verify(options: Verify) -> ExitCode {
    // Orders stand on their rooms: their events have to be those that the entries were written with.
    audit::print_verification(options, async |db| orders::mismatches(db, MISMATCHES).await).await
}

#[tokio::main]
async fn flow(command: FlowCommand) -> ExitCode {
    match flow_command::run(command).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("countersign: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs a command that is done or fails.
#[tokio::main]
async fn run(command: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    match command.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("countersign: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(config: Config) -> ExitCode {
    app::init_log(&config);
    let served = async {
        let app = App::build(config).await?;
        app.serve(app::shutdown_signal()).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("countersign: {error:#}");
            ExitCode::FAILURE
        }
    }
}
