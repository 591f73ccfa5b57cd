//! What several tests need.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses some of it, and may panic")]

pub(crate) mod processes;

use std::error::Error;
use std::path::PathBuf;

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{InboxItem, StoreError};
use tempfile::TempDir;

/// A folder of one test's, and the path of a store in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

/// The user saying this.
pub(crate) fn said(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

/// An inbox item that says this.
pub(crate) fn item(text: &str) -> InboxItem {
    InboxItem::Message { message: text.into() }
}

/// The error and its causes, one after another.
pub(crate) fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" <- {cause}"));
        source = cause.source();
    }
    text
}
