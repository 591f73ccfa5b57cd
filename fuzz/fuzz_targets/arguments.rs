//! A call's arguments that may be malformed, from any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_core::fuzzing::arguments(input));
