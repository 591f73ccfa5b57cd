//! Fuzzes the parser of whole responses.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::body(input));
