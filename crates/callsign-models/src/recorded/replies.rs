//! Replies that real services gave, decoded: each gives what a plain reading of its JSON gives,
//! however its bytes are cut.

use callsign_core::words::event::ModelEvent;

use super::interactions;
use super::reference::{Gist, count};
use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End, check_plain};
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

/// How many bytes come at once; the last is a whole body.
const CUTS: [usize; 4] = [1, 7, 1500, usize::MAX];

fn decode(body: &str, streamed: bool, cut: usize) -> Result<Gist, Fault> {
    let mut assembler = Assembler::new([].into());
    let mut events = Vec::new();
    let mut end = End::Said;
    if streamed {
        let mut taken = Ok(());
        let mut decoder = SseDecoder::default();
        for bytes in body.as_bytes().chunks(cut.min(body.len().max(1))) {
            let pushed = decoder.push(bytes, |name, data| {
                if taken.is_ok() {
                    taken = assembler.take_event(name, data, &mut events);
                }
            });
            pushed.expect("not too long");
        }
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
            ModelEvent::Finished(finished) => {
                gist.finish_reason = finished.reason.as_str().map(str::to_owned);
                gist.usage = finished.usage.map(|usage| {
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
    Ok(gist)
}

#[test]
fn every_recorded_reply_is_decoded() {
    let Some(all) = interactions("every_recorded_reply_is_decoded") else { return };
    let (mut whole, mut streams, mut cut_streams, mut refused) = (0, 0, 0, 0);
    let (mut with_calls, mut with_usage, mut odd) = (0, 0, Vec::new());
    for it in all.iter().filter(|it| (200..300).contains(&it.status)) {
        let expected = count(&it.response, it.streamed);
        for cut in CUTS.into_iter().filter(|cut| it.streamed || *cut == usize::MAX) {
            match (decode(&it.response, it.streamed, cut), &expected) {
                (Ok(gist), Some(expected)) if gist == *expected => match (it.streamed, cut) {
                    (false, _) => whole += 1,
                    (true, usize::MAX) => streams += 1,
                    (true, _) => cut_streams += 1,
                },
                (Err(_), _) if ODD.iter().any(|(id, _)| it.id == *id) => {
                    refused += usize::from(cut == usize::MAX);
                }
                (gist, expected) => odd.push(format!(
                    "{} in pieces of {cut}, streamed: {}\n  decoded {gist:?}\n  read {expected:?}\n  {}",
                    it.id,
                    it.streamed,
                    it.response.chars().take(1500).collect::<String>(),
                )),
            }
        }
        if let Some(gist) = expected {
            with_calls += usize::from(!gist.calls.is_empty());
            with_usage += usize::from(gist.usage.is_some());
        }
    }
    println!("{whole} whole and {streams} streamed replies are as they were read plainly");
    println!("{with_calls} of them have calls, {with_usage} a usage");
    println!("{cut_streams} decodings of streams in pieces of 1, 7 and 1,500 bytes are, too");
    println!("{refused} are refused, and rightly: {ODD:#?}");
    for odd in &odd {
        println!("{odd}");
    }
    assert!(odd.is_empty(), "{} replies are not as they were read", odd.len());
    assert_eq!(refused, ODD.len());
    assert_eq!(cut_streams, 3 * streams);
    assert!(whole + streams > 2000, "so few replies were there");
}

/// What is read quickly is read as `serde_json` reads it, and that is everything that services send.
#[test]
fn every_recorded_reply_is_read_quickly() {
    let Some(all) = interactions("every_recorded_reply_is_read_quickly") else { return };
    let (mut plain, mut others) = (0, Vec::new());
    let mut look = |json: &str| match check_plain(json) {
        true => plain += 1,
        false => others.push(json.chars().take(200).collect::<String>()),
    };
    for it in all.iter().filter(|it| (200..300).contains(&it.status)) {
        if !it.streamed {
            look(&it.response);
            continue;
        }
        let pushed = SseDecoder::default().push(it.response.as_bytes(), |_, data| {
            if data.trim() != "[DONE]" {
                look(data);
            }
        });
        pushed.expect("not too long");
    }
    assert_eq!(others.len(), 1, "{others:#?}");
    assert!(plain > 2000, "so few replies were there");
}
