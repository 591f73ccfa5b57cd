//! Server-sent events out of bytes.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros write functions")]

use std::hint::black_box;

use callsign_models::fuzzing::parts::read_events;
use callsign_parts::streamed::{self, PACKED};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const EVENTS: usize = 2000;

/// Events packed in pieces that cut them, and events that come one by one.
fn events(criterion: &mut Criterion) {
    let data = streamed::text(EVENTS);
    let one_by_one = streamed::events(&data);
    let whole = one_by_one.concat();
    let packed: Vec<Vec<u8>> = whole.chunks(PACKED).map(<[u8]>::to_vec).collect();
    assert!(packed.iter().any(|piece| !piece.ends_with(b"\n\n")), "no piece cuts an event");
    let mut group = criterion.benchmark_group("sse");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, pieces) in [("packed", packed), ("one-a-write", one_by_one)] {
        let mut read = Vec::new();
        read_events(pieces.iter().map(Vec::as_slice), |_, data| read.push(data.to_owned()))
            .unwrap();
        assert_eq!(read, data, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut bytes = 0;
                let pieces = black_box(&pieces).iter().map(Vec::as_slice);
                read_events(pieces, |name, data| bytes += name.len() + data.len()).unwrap();
                bytes
            });
        });
    }
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
