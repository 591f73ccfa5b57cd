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
    let mut words = std::env::args().skip(1).peekable();
    let serves = words.next_if(|word| word == "serve").is_some();
    let done = if serves {
        let served = serve::serve().map_err(|error| format!("the server failed: {error}"));
        served.map(|()| String::new())
    } else {
        Arguments::parse(words).and_then(measure)
    };
    match done {
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

/// Does the work, and answers the line to be printed.
fn measure(arguments: Arguments) -> Result<String, String> {
    let mut builder = if arguments.one_thread {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|error| format!("there is no runtime: {error}"))?;
    let reported = runtime.block_on(workload::run(arguments));
    // Connections that lie idle are not waited for.
    runtime.shutdown_background();
    reported.map_err(|error| error.to_string())
}
