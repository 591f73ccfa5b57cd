//! What the benches of this package are fed with. They measure the parts of a turn by the clock,
//! each by itself and without a network:
//!
//! | bench | part |
//! |---|---|
//! | `codec` | writing a request's body, reading a reply |
//! | `sse` | server-sent events out of bytes |
//! | `validation` | compiling a tool's schema, holding arguments against it |
//! | `projection` | a journal read, into what is due and what the model sees |
//! | `step` | whole turns of an agent whose model is in memory |
//!
//! ```sh
//! cargo bench --manifest-path benches/parts/Cargo.toml
//! cargo bench --manifest-path benches/parts/Cargo.toml --bench codec -- grown
//! ```
//!
//! Each bench looks at what came of its work once, outside the time, so that none measures an
//! error. What a whole turn takes with HTTP is measured in `benches/yardstick`.

pub mod conversation;
pub mod played;
pub mod streamed;
pub mod tools;

/// How many turns the conversations have that are measured.
pub const TURNS: [usize; 3] = [5, 50, 200];
