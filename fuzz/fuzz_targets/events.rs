//! Fuzzes the decoder of server-sent events, with any chunk boundaries.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::events(input));
