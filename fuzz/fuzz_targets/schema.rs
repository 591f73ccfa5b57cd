//! Fuzzes schemas from anywhere, and values that are checked against them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_core::fuzzing::schema(input));
