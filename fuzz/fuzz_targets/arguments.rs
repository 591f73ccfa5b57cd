//! Fuzzes the repair of malformed tool arguments.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| callsign_core::fuzzing::arguments(input));
