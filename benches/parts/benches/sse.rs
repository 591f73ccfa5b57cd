//! Decoding server-sent events.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

use std::hint::black_box;

use callsign_models::fuzzing::parts::read_events;
use callsign_parts::responses::{self, WRITE_SIZE};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const EVENTS: usize = 2000;

/// Decodes large writes, which split events, and writes of one event each.
fn events(criterion: &mut Criterion) {
    let data = responses::text(EVENTS);
    let one_by_one = responses::events(&data);
    let whole = one_by_one.concat();
    let packed: Vec<Vec<u8>> = whole.chunks(WRITE_SIZE).map(<[u8]>::to_vec).collect();
    assert!(packed.iter().any(|bytes| !bytes.ends_with(b"\n\n")), "no write splits an event");
    let mut group = criterion.benchmark_group("sse");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, writes) in [("packed", packed), ("one-per-write", one_by_one)] {
        let mut read = Vec::new();
        read_events(writes.iter().map(Vec::as_slice), |_, data| read.push(data.to_owned()))
            .unwrap();
        assert_eq!(read, data, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut bytes = 0;
                let writes = black_box(&writes).iter().map(Vec::as_slice);
                read_events(writes, |name, data| bytes += name.len() + data.len()).unwrap();
                bytes
            });
        });
    }
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
