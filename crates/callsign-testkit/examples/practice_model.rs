//! The practice model as a server of its own, for clients in any language.
//!
//! `cargo run -p callsign-testkit --example practice_model -- 8080` serves on that port, or on a
//! free one where none is given, and says on which. It ends with the process.

use std::error::Error;
use std::future;
use std::io::{self, Write};

use callsign_testkit::PracticeModel;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 0,
    };
    let model = PracticeModel::builder().port(port).start().await?;
    let mut out = io::stdout();
    writeln!(out, "listening {}", model.root())?;
    out.flush()?;
    future::pending::<()>().await;
    Ok(())
}
