//! What real services were asked and answered, as recordings have it: `interactions.jsonl.gz`,
//! and what the official clients send: `wire-requests.jsonl`.

mod errors;
mod official;
mod reference;
mod replies;
mod requests;
mod services;

use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::shared::shared;

/// One recorded request and what came back.
struct Interaction {
    id: String,
    /// Its host, or its name where the recording has no address.
    service: String,
    request: String,
    status: u16,
    streamed: bool,
    response: String,
}

/// All recordings, or a word that the test is skipped.
fn interactions(test: &str) -> Option<Vec<Interaction>> {
    let path = shared(test, "interactions.jsonl.gz")?;
    let lines = BufReader::new(GzDecoder::new(File::open(path).expect("readable"))).lines();
    let read = lines.map(|line| {
        let line: Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let status = line["response_status"].to_string();
        Interaction {
            id: text("id"),
            service: text("provider"),
            request: text("request_body"),
            status: status.trim_matches('"').parse().expect("a status"),
            streamed: text("response_content_type").contains("event-stream"),
            response: text("response_body"),
        }
    });
    Some(read.collect())
}
