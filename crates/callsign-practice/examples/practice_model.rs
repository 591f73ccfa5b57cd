//! The practice model as a process of its own, for clients in any language.
//!
//! `cargo run -p callsign-practice --example practice_model -- 8080` serves on that port of 127.0.0.1. Without a port,
//! it selects a free one. It prints `listening`, a space and the base URL, and serves until the process is stopped.

use std::error::Error;
use std::future;
use std::io::{self, Write};

use callsign_practice::PracticeModel;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 0,
    };
    let server = PracticeModel::builder().port(port).start().await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening {}", server.root())?;
    // The process that started the server waits for this line.
    stdout.flush()?;
    future::pending::<()>().await;
    Ok(())
}
