//! What is due next: the one decision of the loop.

use super::Journal;
use super::ending::Ending;
use super::entry::Entry;
use super::open_call::Due;
use super::state::State;
use crate::words::content::Content;
use crate::words::id::CallNumber;
use crate::words::result::CallOutcome;

/// What has to be done next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Next {
    /// These steps. They do not depend on each other, and all of them come before the next.
    Perform(Vec<Step>),
    /// Nothing: the run has ended.
    Done(Ending),
}

/// Something to be done. It is data: whoever performs it knows how.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Add these entries, which were decided without anybody's help.
    Record(Vec<Entry>),
    /// Take what the inbox holds from this position on.
    TakeInbox {
        /// How many items were taken before.
        from: u64,
    },
    /// Ask the model for a reply to the journal of this length.
    CallModel {
        /// How many entries the journal has.
        length: u64,
        /// Which reply of the run this will be, counted from 1.
        turn: u32,
        /// Whether the model has to answer without calling tools.
        answer_only: bool,
    },
    /// Run this call.
    CallTool {
        /// The call.
        call: CallNumber,
    },
}

/// What is due after these entries.
#[must_use]
pub fn step(journal: &Journal) -> Next {
    let state = &journal.state;
    let settled: Vec<_> = settlements(state).collect();
    if !settled.is_empty() {
        return Next::Perform(vec![Step::Record(settled)]);
    }
    if !state.open.is_empty() {
        return Next::Perform(state.open.keys().map(|&call| Step::CallTool { call }).collect());
    }
    if let Some(ending) = &state.ending {
        return Next::Done(ending.clone());
    }
    if !state.inbox_checked {
        return Next::Perform(vec![Step::TakeInbox { from: state.inbox_taken }]);
    }
    if !state.said_anything {
        return Next::Done(Ending::Nothing);
    }
    Next::Perform(vec![Step::CallModel {
        length: state.length,
        turn: state.run.turns + 1,
        answer_only: state.forbidden().is_some(),
    }])
}

/// The results of open calls that are not to be run.
pub(super) fn settlements(state: &State) -> impl Iterator<Item = Entry> {
    state.open.iter().filter_map(|(&call, open)| {
        let (outcome, content) = match open.due {
            Due::Run => return None,
            Due::CutOff => (
                CallOutcome::NotRun,
                "Not run: the reply was cut off before it was finished.".to_owned(),
            ),
            Due::Limit(limit) => (
                CallOutcome::NotRun,
                format!("Not run: the limit of {limit} is reached. Answer with what you have."),
            ),
            Due::Cancelled => {
                let text = "Cancelled: the run ended before this call had a result.";
                (CallOutcome::Cancelled, text.to_owned())
            }
            Due::Unknown => (
                CallOutcome::Unknown,
                "The call was begun and then interrupted. Whether it took effect is not known: \
                 do not assume either, and do not repeat it without asking the user."
                    .to_owned(),
            ),
        };
        Some(Entry::Result { call, outcome, content: Content::Text(content) })
    })
}
