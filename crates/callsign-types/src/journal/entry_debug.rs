//! `Debug` for entries. Such output ends up in logs, so it omits what only the caller may see.

use std::fmt;

use super::entry::Entry;
use crate::redacted::Redacted;

/// Formats an entry as `#[derive(Debug)]` would, except for the metadata of `Result`. The match is
/// exhaustive, so that a new variant or field cannot be forgotten here.
macro_rules! shown {
    ($f:ident, $entry:expr, {
        $($name:ident { $($field:ident),* })*
    } {
        $($tuple:ident)*
    } {
        $($unit:ident)*
    }) => {
        match $entry {
            $(Entry::$name { $($field),* } => {
                let mut shown = $f.debug_struct(stringify!($name));
                $(shown.field(stringify!($field), $field);)*
                shown.finish()
            })*
            $(Entry::$tuple(inside) => $f.debug_tuple(stringify!($tuple)).field(inside).finish(),)*
            $(Entry::$unit => $f.write_str(stringify!($unit)),)*
            Entry::Result { call, status, content, shown, metadata, spent } => $f
                .debug_struct("Result")
                .field("call", call)
                .field("outcome", status)
                .field("content", content)
                .field("shown", shown)
                .field("metadata", &Redacted::of(metadata.as_ref()))
                .field("spent", spent)
                .finish(),
        }
    };
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown!(f, self, {
            Created { format, key }
            History { messages }
            User { message }
            InboxDrained { upto, messages, decisions, late }
            ArgumentsRepaired { call, arguments }
            PolicyDecided { call, verdict, arguments, spent }
            AwaitingApproval { call, requests, spent }
            Started { call }
            LimitReached { limit }
            Compacted { compaction, spent }
            UsageRecorded { spent }
            OutputModeChanged { format }
            OutputRejected { reason }
            TimedOut { partial_text }
            Failed { kind, message, partial_text }
            Cancelled { partial_text }
        } {
            RunStarted
            Assistant
            HandedOff
        } {
            ContextOverflow
        })
    }
}
