//! Tests against recorded traffic: interactions with real providers (`interactions.jsonl.gz`) and
//! requests of the official clients (`wire-requests.jsonl`).

mod errors;
mod official;
mod providers;
mod reference;
mod requests;
mod responses;
mod text_format;

use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use serde_json::Value;

use callsign_testkit::shared_file;

/// A recorded request and its response.
struct Interaction {
    id: String,
    /// The host of the provider, or its name if the recording has no address.
    provider: String,
    request: String,
    status: u16,
    streamed: bool,
    response: String,
}

/// Returns all recordings. Returns `None` and prints a notice if the file is absent.
fn interactions(test: &str) -> Option<Vec<Interaction>> {
    let path = shared_file(test, "interactions.jsonl.gz")?;
    let lines = BufReader::new(GzDecoder::new(File::open(path).expect("readable"))).lines();
    let read = lines.map(|line| {
        let line: Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let status = line["response_status"].to_string();
        Interaction {
            id: text("id"),
            provider: text("provider"),
            request: text("request_body"),
            status: status.trim_matches('"').parse().expect("a status"),
            streamed: text("response_content_type").contains("event-stream"),
            response: text("response_body"),
        }
    });
    Some(read.collect())
}
