//! Callsign from the outside: what its users write, and what they are told. See `tests/`.
