//! Helpers that several tests use.

#![allow(dead_code, reason = "each combination of features uses some of them")]

pub(crate) mod child_process;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{InboxItem, StoreError};
use tempfile::TempDir;

/// Returns a temporary directory, and the path of a store in it.
pub(crate) fn temporary_path() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    (directory, path)
}

pub(crate) fn user_entry(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

pub(crate) fn message_item(text: &str) -> InboxItem {
    InboxItem::Message { message: text.into() }
}

/// Returns the text of the error and its causes.
pub(crate) fn error_chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" <- {cause}"));
        source = cause.source();
    }
    text
}

/// Waits until `condition` is true.
pub(crate) async fn eventually(mut condition: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the condition did not become true");
}
