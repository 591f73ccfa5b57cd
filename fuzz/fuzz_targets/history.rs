//! Fuzzes the import of histories.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::history(input));
