//! What Callsign costs, as one contestant of a yardstick: a command line in, one line of JSON out.
//! [`docs/performance.md`] has the contract and what came of it.
//!
//! [`docs/performance.md`]: ../../../docs/performance.md

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
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return match serve::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("there is no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let reported = runtime.block_on(workload::run(arguments));
    // Connections that lie idle are not waited for.
    runtime.shutdown_background();
    match reported {
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
