//! Serializing a request's body, and parsing responses.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

use std::hint::black_box;

use callsign::Request;
use callsign::model::ModelEvent;
use callsign_models::fuzzing::parts::{Bodies, read_body, read_pieces};
use callsign_parts::{TURNS, conversation, responses, tools};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;

/// Serializes whole bodies, and bodies that reuse those of the previous turn.
fn bodies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("body");
    for turns in TURNS {
        let request = conversation::request(turns);
        let json: Value = serde_json::from_slice(&Bodies::new().write(&request).unwrap()).unwrap();
        assert_eq!(json["messages"].as_array().unwrap().len(), 2 + 2 * turns);
        group.bench_function(BenchmarkId::new("whole", turns), |bencher| {
            // Messages cache their serialized form, so each iteration needs new ones.
            let fresh = || (Bodies::new(), conversation::request(turns));
            let write = |(bodies, request): (Bodies, Request)| {
                let body = bodies.write(&request).unwrap();
                (bodies, request, body)
            };
            bencher.iter_batched(fresh, write, BatchSize::LargeInput);
        });
        let whole = Bodies::new().write(&conversation::request(turns)).unwrap();
        let (bodies, request) = grown(turns);
        assert_eq!(bodies.write(&request).unwrap(), whole);
        group.bench_function(BenchmarkId::new("grown", turns), |bencher| {
            let write = |(bodies, request): (Bodies, Request)| {
                let body = bodies.write(&request).unwrap();
                (bodies, request, body)
            };
            bencher.iter_batched(|| grown(turns), write, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Returns a request with `turns` turns, whose body was serialized before the last turn.
fn grown(turns: usize) -> (Bodies, Request) {
    let (bodies, mut request) = (Bodies::new(), conversation::request(turns - 1));
    drop(bodies.write(&request).unwrap());
    request.messages.extend(conversation::turn(turns - 1));
    (bodies, request)
}

/// Parses whole responses.
fn whole_responses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reply");
    for (name, body) in
        [("text", responses::body_with_text()), ("call", responses::body_with_call())]
    {
        let events = read_body(&body).unwrap();
        let is_correct = events.iter().any(|event| match event {
            ModelEvent::ToolCall(call) => name == "call" && call.arguments == tools::ARGUMENTS,
            ModelEvent::TextDelta(text) => name == "text" && text.contains("DL123"),
            _ => false,
        });
        assert!(is_correct, "{events:?}");
        group.bench_function(name, |bencher| bencher.iter(|| read_body(black_box(&body)).unwrap()));
    }
    group.finish();
}

/// Parses streamed responses.
fn streamed_responses(criterion: &mut Criterion) {
    const CHUNKS: usize = 2000;
    let mut group = criterion.benchmark_group("pieces");
    group.throughput(Throughput::Elements(CHUNKS as u64));
    for (name, chunks) in
        [("text", responses::text(CHUNKS)), ("arguments", responses::arguments(CHUNKS))]
    {
        let mut bytes = 0;
        let mut calls = 0;
        read_pieces(&chunks, |event| match event {
            ModelEvent::TextDelta(text) => bytes += text.len(),
            ModelEvent::ToolCallDelta(delta) => bytes += delta.arguments.len(),
            ModelEvent::ToolCall(_) => calls += 1,
            _ => {}
        })
        .unwrap();
        assert_eq!(calls, usize::from(name == "arguments"), "{name}");
        assert!(bytes >= 4 * CHUNKS, "{bytes} bytes of {name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                read_pieces(black_box(&chunks), |event| {
                    black_box(event);
                })
                .unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bodies, whole_responses, streamed_responses);
criterion_main!(benches);
