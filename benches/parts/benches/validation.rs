//! Compiling schemas, and validating arguments.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

use std::hint::black_box;
use std::sync::Arc;

use callsign_core::fuzzing::CompiledSchema;
use callsign_parts::tools;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

/// Compiles a schema, as building an agent does.
fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for (name, schema) in [("flight", tools::schema()), ("booking", tools::booking_schema())] {
        assert!(CompiledSchema::new(&schema).unwrap().check(&json!({})).is_err(), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| CompiledSchema::new(black_box(&schema)).unwrap());
        });
    }
    group.finish();
}

/// Validates valid and invalid arguments.
fn check(criterion: &mut Criterion) {
    let flight = serde_json::from_str(tools::ARGUMENTS).unwrap();
    let mut invalid = tools::booking(5);
    invalid["passengers"][3]["age"] = json!("thirty");
    let cases: [(&str, Arc<Value>, Value, bool); 4] = [
        ("flight", tools::schema(), flight, true),
        ("booking of 1", tools::booking_schema(), tools::booking(1), true),
        ("booking of 9", tools::booking_schema(), tools::booking(9), true),
        ("invalid booking", tools::booking_schema(), invalid, false),
    ];
    let mut group = criterion.benchmark_group("check");
    for (name, schema, arguments, is_valid) in cases {
        let compiled = CompiledSchema::new(&schema).unwrap();
        assert_eq!(compiled.check(&arguments).is_ok(), is_valid, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| compiled.check(black_box(&arguments)));
        });
    }
    group.finish();
}

criterion_group!(benches, compile, check);
criterion_main!(benches);
