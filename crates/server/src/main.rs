use std::process::ExitCode;

use clap::Parser;
use countersign::app::{self, App};
use countersign::config::{Cli, Command, Config};
use countersign::web;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(config) => serve(*config),
        Command::Openapi => {
            println!("{}", web::openapi_json());
            ExitCode::SUCCESS
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
