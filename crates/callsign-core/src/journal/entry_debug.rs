//! Entries in `Debug` texts, which end up in logs: all of them, but for what only the caller gets.

use std::fmt;

use super::entry::Entry;
use crate::words::hidden::Hidden;

/// The match of an entry whose variants are shown as a derive would show them, but for `Result`.
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
            Entry::Result { call, outcome, content, shown, private, spent } => $f
                .debug_struct("Result")
                .field("call", call)
                .field("outcome", outcome)
                .field("content", content)
                .field("shown", shown)
                .field("private", &Hidden::of(private.as_ref()))
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
            Taken { upto, messages, decisions, late }
            Mended { call, arguments }
            Judged { call, verdict, arguments, spent }
            Waiting { call, requests, spent }
            Started { call }
            LimitReached { limit }
            Compacted { compaction, spent }
            Spent { spent }
            AnswerFormat { format }
            Rejected { reason }
            OutOfTime { partial_text }
            Failed { kind, message, partial_text }
            Cancelled { partial_text }
        } {
            RunStarted
            Assistant
            HandedOff
        } {
            TooLong
        })
    }
}
