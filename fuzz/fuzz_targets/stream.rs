//! Fuzzes the parser of streamed responses, with any chunk boundaries.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::stream(input));
