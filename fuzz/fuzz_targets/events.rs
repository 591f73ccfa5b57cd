//! Server-sent events, from any bytes in any pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_models::fuzzing::events(input));
