//! Replies that real services gave, decoded: each gives what a plain count of its JSON gives.

use std::fs::File;
use std::io::{BufRead, BufReader};

use callsign_core::words::error::ErrorKind;
use callsign_core::words::event::ModelEvent;
use flate2::read::GzDecoder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::failure::place::Place;
use crate::failure::status::of_status;
use crate::shared::shared;
use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End};
use crate::wire::fault::Fault;

/// The recordings that are not replies that ended well, and what is wrong with each.
const ODD: [(&str, &str); 7] = [
    ("c183535ae04c", "an `error` event in the stream: tool_use_failed"),
    ("115320f5efa8", "an `error` event in the stream: tool_use_failed"),
    ("ab425a28801f", "an error object in the stream: Token limit reached"),
    ("7934cf6381e1", "an error object in a body of status 200: content_filter"),
    ("3521034a6434", "an echo server's JSON, without choices"),
    ("cabb898f3e93", "an echo server's plain text"),
    ("7892072be30b", "the recording ends without a finish reason"),
];

/// What matters of a reply: its text, its calls, and that it ended well.
#[derive(Debug, Default, PartialEq)]
struct Gist {
    text: String,
    calls: Vec<(String, String)>,
    finished: bool,
}

fn decode(body: &str, streamed: bool) -> Result<Gist, Fault> {
    let mut assembler = Assembler::new([].into());
    let mut events = Vec::new();
    let mut end = End::Said;
    if streamed {
        let mut taken = Ok(());
        let pushed = SseDecoder::default().push(body.as_bytes(), |name, data| {
            if taken.is_ok() {
                taken = assembler.take_event(name, data, &mut events);
            }
        });
        pushed.expect("not too long");
        taken?;
        end = End::EndOfFile;
    } else {
        assembler.take_body(body, &mut events)?;
    }
    assembler.finish(end, false, &mut events)?;
    let mut gist = Gist::default();
    for event in events {
        match event {
            ModelEvent::TextDelta(text) => gist.text.push_str(&text),
            ModelEvent::ToolCall(call) => gist.calls.push((call.name, call.arguments)),
            ModelEvent::Finished(_) => gist.finished = true,
            _ => {}
        }
    }
    Ok(gist)
}

/// A count that knows nothing of the assembler: pieces go by their index, or stand alone.
fn count(body: &str, streamed: bool) -> Option<Gist> {
    let body = body.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let chunks: Vec<Value> = if streamed {
        let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
        let data = data.map(str::trim).filter(|data| !data.is_empty() && *data != "[DONE]");
        data.map(|data| serde_json::from_str(data).ok()).collect::<Option<_>>()?
    } else {
        vec![serde_json::from_str(&body).ok()?]
    };
    let mut gist = Gist { finished: true, ..Gist::default() };
    let mut indexes = Vec::new();
    for chunk in &chunks {
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            if choice["index"].as_u64().unwrap_or(0) != 0 {
                continue;
            }
            let piece =
                if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
            match &piece["content"] {
                Value::Array(parts) => {
                    let text = parts.iter().filter(|part| part["type"] == "text");
                    gist.text.extend(text.filter_map(|part| part["text"].as_str()));
                }
                content => gist.text.push_str(content.as_str().unwrap_or_default()),
            }
            for call in piece["tool_calls"].as_array().into_iter().flatten() {
                let index = call["index"].as_u64();
                let known = indexes.iter().position(|known| index.is_some() && *known == index);
                let at = known.unwrap_or_else(|| {
                    indexes.push(index);
                    gist.calls.push(Default::default());
                    indexes.len() - 1
                });
                let function = &call["function"];
                gist.calls[at].0.push_str(function["name"].as_str().unwrap_or_default());
                gist.calls[at].1.push_str(function["arguments"].as_str().unwrap_or_default());
            }
        }
    }
    for (_, arguments) in &mut gist.calls {
        if arguments.is_empty() {
            arguments.push_str("{}");
        }
    }
    Some(gist)
}

#[test]
fn every_recorded_reply_is_decoded() {
    let Some(path) = shared("every_recorded_reply_is_decoded", "interactions.jsonl.gz") else {
        return;
    };
    let lines = BufReader::new(GzDecoder::new(File::open(path).expect("readable"))).lines();
    let (mut whole, mut streamed_count, mut refused, mut odd) = (0, 0, 0, Vec::new());
    for line in lines {
        let line: Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        if line["response_status"].to_string().trim_matches('"') != "200" {
            continue;
        }
        let kind = line["response_content_type"].as_str().unwrap_or_default();
        let streamed = kind.contains("event-stream");
        let body = line["response_body"].as_str().expect("a body");
        match (decode(body, streamed), count(body, streamed)) {
            (Ok(gist), Some(expected)) if gist == expected => {
                *if streamed { &mut streamed_count } else { &mut whole } += 1;
            }
            (Err(_), _) if ODD.iter().any(|(id, _)| line["id"] == *id) => refused += 1,
            (gist, expected) => odd.push(format!(
                "{} {} streamed: {streamed}\n  decoded {gist:?}\n  counted {expected:?}\n  body {}",
                line["id"],
                line["path"],
                body.chars().take(1500).collect::<String>(),
            )),
        }
    }
    println!("{whole} whole and {streamed_count} streamed replies are as they were counted");
    println!("{refused} are refused, and rightly: {ODD:#?}");
    for odd in &odd {
        println!("{odd}");
    }
    assert!(odd.is_empty(), "{} replies are not as they were counted", odd.len());
    assert!(whole + streamed_count > 1000, "so few replies were there");
}

#[test]
fn every_recorded_error_becomes_one_line() {
    let name = "every_recorded_error_becomes_one_line";
    let Some(path) = shared(name, "interactions.jsonl.gz") else { return };
    let lines = BufReader::new(GzDecoder::new(File::open(path).expect("readable"))).lines();
    let mut count = 0;
    for line in lines {
        let line: Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        let status = line["response_status"].to_string();
        let status = status.trim_matches('"').parse::<u16>().expect("a status");
        if status == 200 {
            continue;
        }
        let place = Place {
            address: "https://example.com/v1/chat/completions".to_owned(),
            api_version: None,
            request_id: "id".to_owned(),
            model: None,
            secrets: Vec::new(),
            has_key: true,
        };
        let body = line["response_body"].as_str().expect("a body");
        let error = of_status(&place, status, &HeaderMap::new(), body);
        let message = error.to_string();
        println!("{status} {:?} {message}", error.kind());
        assert_ne!(error.kind(), ErrorKind::Protocol);
        assert!(message.chars().count() < 550 && !message.contains('\n'), "{message}");
        count += 1;
    }
    println!("{count} errors");
    assert!(count > 50, "so few errors were there");
}
