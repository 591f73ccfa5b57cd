//! Input data of the benchmarks in this package. They measure the parts of a turn in isolation and
//! without a network:
//!
//! | benchmark | part |
//! |---|---|
//! | `codec` | serializing a request's body, parsing responses |
//! | `sse` | decoding server-sent events |
//! | `validation` | compiling schemas, validating arguments |
//! | `projection` | reading a journal, finding the next step |
//! | `step` | whole turns of an agent with an in-memory model |
//!
//! ```sh
//! cargo bench --manifest-path benches/parts/Cargo.toml
//! cargo bench --manifest-path benches/parts/Cargo.toml --bench codec -- grown
//! ```
//!
//! Each benchmark verifies its result once, outside the measured time. `benches/yardstick` measures
//! whole turns over HTTP.

pub mod conversation;
pub mod in_memory_model;
pub mod responses;
pub mod tools;

/// The numbers of turns of the measured conversations.
pub const TURNS: [usize; 3] = [5, 50, 200];
