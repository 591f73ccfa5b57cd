//! The entries of a conversation's journal, as data. The reducer that reads them is in
//! `callsign-core`.

pub mod compaction;
pub mod entry;
mod entry_debug;
