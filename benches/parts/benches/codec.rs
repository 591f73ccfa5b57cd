//! Writing a request's body, and reading a reply.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros write functions")]

use std::hint::black_box;

use callsign::{ModelEvent, Request};
use callsign_models::fuzzing::parts::{Bodies, read_body, read_pieces};
use callsign_parts::{TURNS, conversation, streamed, tools};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;

/// Bodies from the first message on, and bodies that go on from the last turn's.
fn bodies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("body");
    for turns in TURNS {
        let request = conversation::request(turns);
        let json: Value = serde_json::from_slice(&Bodies::new().write(&request).unwrap()).unwrap();
        assert_eq!(json["messages"].as_array().unwrap().len(), 2 + 2 * turns);
        group.bench_function(BenchmarkId::new("whole", turns), |bencher| {
            // The messages are made anew, because they keep what was written of them.
            let fresh = || (Bodies::new(), conversation::request(turns));
            let write = |(bodies, request): (Bodies, Request)| {
                let body = bodies.write(&request).unwrap();
                (bodies, request, body)
            };
            bencher.iter_batched(fresh, write, BatchSize::LargeInput);
        });
        let written_whole = Bodies::new().write(&conversation::request(turns)).unwrap();
        let (bodies, request) = written_and_grown(turns);
        assert_eq!(bodies.write(&request).unwrap(), written_whole);
        group.bench_function(BenchmarkId::new("grown", turns), |bencher| {
            let write = |(bodies, request): (Bodies, Request)| {
                let body = bodies.write(&request).unwrap();
                (bodies, request, body)
            };
            bencher.iter_batched(|| written_and_grown(turns), write, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// A request of so many turns, the last of which came after its body was written.
fn written_and_grown(turns: usize) -> (Bodies, Request) {
    let (bodies, mut request) = (Bodies::new(), conversation::request(turns - 1));
    drop(bodies.write(&request).unwrap());
    request.messages.extend(conversation::turn(turns - 1));
    (bodies, request)
}

/// Replies that come whole.
fn whole_replies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reply");
    for (name, body) in [("text", streamed::body_with_text()), ("call", streamed::body_with_call())]
    {
        let events = read_body(&body).unwrap();
        let right = events.iter().any(|event| match event {
            ModelEvent::ToolCall(call) => name == "call" && call.arguments == tools::ARGUMENTS,
            ModelEvent::TextDelta(text) => name == "text" && text.contains("DL123"),
            _ => false,
        });
        assert!(right, "{events:?}");
        group.bench_function(name, |bencher| bencher.iter(|| read_body(black_box(&body)).unwrap()));
    }
    group.finish();
}

/// Replies that come in pieces, of which each is handed on.
fn streamed_replies(criterion: &mut Criterion) {
    const PIECES: usize = 2000;
    let mut group = criterion.benchmark_group("pieces");
    group.throughput(Throughput::Elements(PIECES as u64));
    for (name, pieces) in
        [("text", streamed::text(PIECES)), ("arguments", streamed::arguments(PIECES))]
    {
        let mut bytes = 0;
        let mut calls = 0;
        read_pieces(&pieces, |event| match event {
            ModelEvent::TextDelta(text) => bytes += text.len(),
            ModelEvent::ToolCallDelta(piece) => bytes += piece.arguments.len(),
            ModelEvent::ToolCall(_) => calls += 1,
            _ => {}
        })
        .unwrap();
        assert_eq!(calls, usize::from(name == "arguments"), "{name}");
        assert!(bytes >= 4 * PIECES, "{bytes} bytes of {name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                read_pieces(black_box(&pieces), |event| {
                    black_box(event);
                })
                .unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bodies, whole_replies, streamed_replies);
criterion_main!(benches);
