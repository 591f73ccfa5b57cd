//! A benchmark client: it takes a command line and prints one line of JSON.
//!
//! `docs/performance.md` describes the workloads and the results.

mod arguments;
mod flights;
mod idle;
mod measure;
mod report;
mod serve;
mod workload;

use std::process::ExitCode;

use self::arguments::Arguments;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    let is_server = words.next_if(|word| word == "serve").is_some();
    let result = if is_server {
        let result = serve::serve().map_err(|error| format!("the server failed: {error}"));
        result.map(|()| String::new())
    } else {
        Arguments::parse(words).and_then(measure)
    };
    match result {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the workload and returns the report.
fn measure(arguments: Arguments) -> Result<String, String> {
    let mut builder = if arguments.one_thread {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|error| format!("failed to build the runtime: {error}"))?;
    let report = runtime.block_on(workload::run(arguments));
    // Idle connections would delay a regular shutdown.
    runtime.shutdown_background();
    report.map_err(|error| error.to_string())
}
