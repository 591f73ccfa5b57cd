//! Recorded responses decode to what the reference decoder reads, however their bytes are split.

use callsign_types::event::ModelEvent;

use super::interactions;
use super::reference::{Summary, decode_reference};
use crate::sse::SseDecoder;
use crate::wire::assembler::{EndOfInput, ResponseAssembler, check_fast_path};
use crate::wire::response_error::ResponseError;

/// Recordings of failed or invalid responses, and what is wrong with each.
const INVALID: [(&str, &str); 7] = [
    ("c183535ae04c", "an `error` event in the stream: tool_use_failed"),
    ("115320f5efa8", "an `error` event in the stream: tool_use_failed"),
    ("ab425a28801f", "an error object in the stream: Token limit reached"),
    ("7934cf6381e1", "an error object in a body of status 200: content_filter"),
    ("3521034a6434", "an echo server's JSON, without choices"),
    ("cabb898f3e93", "an echo server's plain text"),
    ("7892072be30b", "the recording ends without a finish reason"),
];

/// Chunk sizes in bytes. The last is the complete body.
const CHUNK_SIZES: [usize; 4] = [1, 7, 1500, usize::MAX];

fn decode(body: &str, streamed: bool, chunk_size: usize) -> Result<Summary, ResponseError> {
    let mut assembler = ResponseAssembler::new([].into());
    let mut events = Vec::new();
    let mut end = EndOfInput::Complete;
    if streamed {
        let mut taken = Ok(());
        let mut decoder = SseDecoder::default();
        for bytes in body.as_bytes().chunks(chunk_size.min(body.len().max(1))) {
            let pushed = decoder.push(bytes, |name, data| {
                if taken.is_ok() {
                    taken = assembler.push_event(name, data, &mut events);
                }
            });
            pushed.expect("not too long");
        }
        taken?;
        end = EndOfInput::ConnectionClosed;
    } else {
        assembler.push_body(body, &mut events)?;
    }
    assembler.finish(end, false, &mut events)?;
    let mut summary = Summary::default();
    for event in events {
        match event {
            ModelEvent::TextDelta(text) => summary.text.push_str(&text),
            ModelEvent::ToolCall(call) => summary.calls.push((call.name, call.arguments)),
            ModelEvent::Finished(finished) => {
                summary.finish_reason = finished.reason.as_str().map(str::to_owned);
                summary.usage = finished.usage.map(|usage| {
                    [
                        usage.input_tokens,
                        usage.output_tokens,
                        usage.cached_input_tokens,
                        usage.reasoning_tokens,
                    ]
                });
            }
            _ => {}
        }
    }
    Ok(summary)
}

#[test]
fn recorded_responses_equal_the_reference() {
    let Some(all) = interactions("recorded_responses_equal_the_reference") else { return };
    let (mut complete, mut streams, mut split_streams, mut rejected) = (0, 0, 0, 0);
    let (mut with_calls, mut with_usage, mut failures) = (0, 0, Vec::new());
    for it in all.iter().filter(|it| (200..300).contains(&it.status)) {
        let expected = decode_reference(&it.response, it.streamed);
        for size in CHUNK_SIZES.into_iter().filter(|size| it.streamed || *size == usize::MAX) {
            match (decode(&it.response, it.streamed, size), &expected) {
                (Ok(summary), Some(expected)) if summary == *expected => match (it.streamed, size) {
                    (false, _) => complete += 1,
                    (true, usize::MAX) => streams += 1,
                    (true, _) => split_streams += 1,
                },
                (Err(_), _) if INVALID.iter().any(|(id, _)| it.id == *id) => {
                    rejected += usize::from(size == usize::MAX);
                }
                (summary, expected) => failures.push(format!(
                    "{} in chunks of {size}, streamed: {}\n  decoded {summary:?}\n  expected {expected:?}\n  {}",
                    it.id,
                    it.streamed,
                    it.response.chars().take(1500).collect::<String>(),
                )),
            }
        }
        if let Some(summary) = expected {
            with_calls += usize::from(!summary.calls.is_empty());
            with_usage += usize::from(summary.usage.is_some());
        }
    }
    println!("{complete} complete and {streams} streamed responses equal the reference");
    println!("{with_calls} have tool calls, {with_usage} have usage");
    println!("{split_streams} streams in chunks of 1, 7 and 1,500 bytes equal it too");
    println!("{rejected} are rejected as expected: {INVALID:#?}");
    for failure in &failures {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} responses differ from the reference", failures.len());
    assert_eq!(rejected, INVALID.len());
    assert_eq!(split_streams, 3 * streams);
    assert!(complete + streams > 2000, "only {complete} + {streams} responses are recorded");
}

/// The fast parser agrees with `serde_json` and supports all recorded responses but one.
#[test]
fn recorded_responses_take_the_fast_path() {
    let Some(all) = interactions("recorded_responses_take_the_fast_path") else { return };
    let (mut fast, mut others) = (0, Vec::new());
    let mut check = |json: &str| match check_fast_path(json) {
        true => fast += 1,
        false => others.push(json.chars().take(200).collect::<String>()),
    };
    for it in all.iter().filter(|it| (200..300).contains(&it.status)) {
        if !it.streamed {
            check(&it.response);
            continue;
        }
        let pushed = SseDecoder::default().push(it.response.as_bytes(), |_, data| {
            if data.trim() != "[DONE]" {
                check(data);
            }
        });
        pushed.expect("not too long");
    }
    assert_eq!(others.len(), 1, "{others:#?}");
    assert!(fast > 2000, "only {fast} responses are recorded");
}
