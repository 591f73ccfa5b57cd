//! Whole replies, from any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::body(input));
