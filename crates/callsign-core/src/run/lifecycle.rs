//! One run on Callsign's own journal, from its message to its reply.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use callsign_types::error::Error;
use callsign_types::event::SubAgentResult;
use callsign_types::id::{ConversationId, JournalKey};
use callsign_types::journal::entry::Entry;
use callsign_types::request::ToolChoice;
use callsign_types::traits::budget::{Budget, Spending};
use callsign_types::traits::events::Events;
use callsign_types::traits::run_scope::RunScope;
use callsign_types::traits::store::ConversationLock;
use futures_util::future::{Either, select};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::cancel_handle::CancelHandle;
use super::outcome::{TransientResults, cancelled, cancelled_before_start, conclude};
use super::paused_at::PausedAt;
use super::prepare::{self, ONE_YEAR, Prepared, PreparedRun, RunRequest};
use super::reply::Reply;
use super::{active_runs, revoke_approvals, span};
use crate::executor::active_agent::ActiveAgent;
use crate::executor::driver::drive;
use crate::executor::local::LocalExecutor;
use crate::executor::replay::ReplayExecutor;
use crate::executor::spans::open::OpenSpan;
use crate::executor::tool_errors::ToolErrors;
use crate::executor::writer::Writer;
use crate::journal::Journal;
use crate::journal::run_end::RunEnd;
use crate::journal::step::Step;

/// The timeout for reading the conversation back after a run was cancelled.
const READ_BACK_TIMEOUT: Duration = Duration::from_secs(2);

/// Submits `Cancelled` if a run is dropped before it ends. That needs no waiting, because the
/// writer's task outlives the run.
struct CancelOnDrop {
    writer: Writer,
    /// The budget of the run.
    budget: Arc<Budget>,
    partial_text: Arc<Mutex<String>>,
    ended: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.ended {
            let partial_text = self.partial_text();
            let mut entries = vec![Entry::Cancelled { partial_text }];
            // What calls have spent is recorded with their results, which these calls will not have.
            let lost = self.budget.spent().beyond(self.writer.recorded());
            if !lost.is_nothing() {
                entries.push(Entry::UsageRecorded { spent: lost.into() });
            }
            drop(self.writer.submit(&entries));
        }
        self.writer.close();
    }
}

impl CancelOnDrop {
    fn partial_text(&self) -> String {
        self.partial_text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs until the model has finished or the run pauses, inside a span.
pub(crate) async fn run(
    request: RunRequest,
    events: Events,
    cancel: CancelHandle,
) -> Result<Reply, Error> {
    let span = span::open(&request);
    let paused_at = PausedAt::of(&request);
    let (ephemeral, is_nested) = (request.ephemeral, request.parent.is_some());
    let content = request.config.hooks.record_content;
    let outcome = run_to_end(request, events, cancel, &span).instrument(span.span()).await;
    let outcome = outcome.and_then(|reply| reply.resumable_at(paused_at, ephemeral, is_nested));
    span::end(span, &outcome, content);
    outcome
}

async fn run_to_end(
    request: RunRequest,
    events: Events,
    cancel: CancelHandle,
    span: &OpenSpan,
) -> Result<Reply, Error> {
    let RunRequest { store, conversation, concurrency, .. } = &request;
    let _registration = active_runs::enter(&**store, conversation, &cancel, *concurrency)?;
    let Some(prepared) = unless_cancelled(&cancel, pin!(prepare::prepare(&request))).await else {
        return Err(cancelled_before_start(&read_back(&request).await.unwrap_or_default()));
    };
    let PreparedRun { mut journal, entries, lock, active } = match prepared? {
        Prepared::Run(prepared) => *prepared,
        Prepared::Ended(end, journal) => {
            return conclude(Ok(end), &journal, &request.conversation, TransientResults::default());
        }
    };
    span::record_input(span, &request, &entries);
    let began = Instant::now();
    let events = events.with_callbacks(&request.config.hooks.event_callbacks, &active.run);
    let events = forwarded(events, &request);
    // Runs of sub-agents keep the conversation locked until they are written.
    let lock = Arc::new(lock);
    let budget = budget(&request, &journal, &entries);
    let scope = RunScope {
        budget: active.budget(&budget),
        lock: Arc::downgrade(&lock),
        cancel: cancel.token(),
        ..scope(&request, &active, &journal, &entries, began, &events)
    };
    let parent_lock = request.parent.as_ref().and_then(|parent| parent.scope().lock.upgrade());
    let lock = ConversationLock::new((lock, parent_lock));
    let length = journal.state.length();
    let writer = Writer::open(request.store.clone(), request.conversation.clone(), length, lock);
    let mut guard =
        CancelOnDrop { writer, budget: budget.clone(), partial_text: Arc::default(), ended: false };
    let mut executor = executor(&request, &guard, active, scope, events, budget);
    let driven = unless_cancelled(
        &cancel,
        pin!(commit_and_drive(&request, &mut executor, &mut journal, entries)),
    )
    .await;
    span::record_usage(span, executor.budget.spent().usage);
    if let Some(end) = driven {
        guard.ended = true;
        finish(guard).await;
        report_to_parent(&request, &executor);
        return concluded(end, &journal, &request.conversation, executor);
    }
    let partial_text = guard.partial_text();
    finish(guard).await;
    // A store that fails now does not hide that the run was cancelled.
    let journal = read_back(&request).await.unwrap_or(journal);
    Err(cancelled(&journal, partial_text))
}

fn executor(
    request: &RunRequest,
    guard: &CancelOnDrop,
    active: ActiveAgent,
    scope: RunScope,
    events: Events,
    budget: Arc<Budget>,
) -> LocalExecutor {
    let tool_choice = match &request.tool_choice {
        ToolChoice::Tool(name) => {
            ToolChoice::Tool(active.tools.model_name(name).unwrap_or(name).to_owned())
        }
        choice => choice.clone(),
    };
    LocalExecutor {
        root: request.config.clone(),
        active,
        store: request.store.clone(),
        conversation: request.conversation.clone(),
        writer: guard.writer.clone(),
        events,
        budget,
        deadline: scope.deadline.unwrap_or_else(Instant::now),
        scope: Arc::new(scope),
        output: request.output.clone(),
        tool_choice,
        partial_text: guard.partial_text.clone(),
        checked: BTreeMap::new(),
        model_error: None,
        tool_errors: ToolErrors::default(),
        results_with_metadata: Vec::new(),
        announced: Mutex::default(),
        turn: Span::none(),
    }
}

/// Commits the first entries and drives the run to its end.
///
/// The state is borrowed: moved into this function, it would be kept in memory twice.
async fn commit_and_drive(
    request: &RunRequest,
    executor: &mut LocalExecutor,
    journal: &mut Journal,
    entries: Vec<Entry>,
) -> Result<RunEnd, Error> {
    executor.writer.submit(&entries).wait().await?;
    // The first entries hold the inbox: that step is complete.
    let from = journal.state.inbox_taken();
    journal.complete(&Step::TakeInbox { from }, entries);
    revoke_approvals::revoke(&*request.store, &journal.state).await?;
    if executor.root.replays {
        let mut replaying = ReplayExecutor::new(executor, journal.clone());
        return drive(&mut replaying, journal).await;
    }
    drive(executor, journal).await
}

fn concluded(
    end: Result<RunEnd, Error>,
    journal: &Journal,
    conversation: &ConversationId,
    executor: LocalExecutor,
) -> Result<Reply, Error> {
    let LocalExecutor { model_error, tool_errors, results_with_metadata, scope, .. } = executor;
    // The caller keeps the messages, but does not need what models have cached in them.
    journal.transcript.messages().clear_cache();
    let sub_agent_results = std::mem::take(
        &mut *scope.sub_agent_results.lock().unwrap_or_else(PoisonError::into_inner),
    );
    let results =
        TransientResults { model_error, tool_errors, results_with_metadata, sub_agent_results };
    conclude(end, journal, conversation, results)
}

/// Reads the conversation back from the store; `None` if the store fails or takes too long.
async fn read_back(request: &RunRequest) -> Option<Journal> {
    let entries = request.store.load(&request.conversation, 0..u64::MAX);
    match timeout(READ_BACK_TIMEOUT, entries).await {
        Ok(Ok(entries)) => Some(entries.into_iter().collect()),
        Ok(Err(error)) => {
            let conversation = &request.conversation;
            tracing::warn!(%conversation, %error, "cannot read a cancelled conversation back");
            None
        }
        Err(_) => None,
    }
}

/// Forwards the events to the run whose call has started this one, if there is one.
fn forwarded(events: Events, request: &RunRequest) -> Events {
    match &request.parent {
        None => events,
        Some(parent) => {
            let call = parent.call_index();
            events.forwarded_to(&parent.scope().events, call, &request.config.name)
        }
    }
}

/// Adds the results with metadata to those of the run whose call has started this one.
fn report_to_parent(request: &RunRequest, executor: &LocalExecutor) {
    let Some(parent) = &request.parent else { return };
    let (call, agent) = (parent.call_index(), &request.config.name);
    let own = executor.results_with_metadata.iter().cloned();
    let own = own.map(|result| SubAgentResult::new(call, agent.clone(), result));
    let nested = executor.scope.sub_agent_results.lock().unwrap_or_else(PoisonError::into_inner);
    let nested = nested.iter().cloned().map(|mut nested| {
        nested.path.insert(0, call);
        nested
    });
    let sink = &parent.scope().sub_agent_results;
    sink.lock().unwrap_or_else(PoisonError::into_inner).extend(own.chain(nested));
}

/// Returns the budget of the run, which is part of the budget of its parent. A run that resumes a
/// request continues with what is left.
fn budget(request: &RunRequest, journal: &Journal, entries: &[Entry]) -> Arc<Budget> {
    let parent = request.parent.as_ref().map(|parent| parent.budget().clone());
    let earlier = match journal.state.begins_request(entries) {
        true => Spending::default(),
        false => Spending {
            usage: journal.state.usage(),
            cost: journal.state.cost(),
            is_estimated: journal.state.is_usage_estimated(),
        },
    };
    if let Some(parent) = &request.parent {
        parent.add_earlier_spending(earlier);
    }
    Arc::new(Budget::for_run(&request.limits, request.config.prices.clone(), parent, earlier))
}

/// Returns the data that all calls of the run share.
fn scope(
    request: &RunRequest,
    active: &ActiveAgent,
    journal: &Journal,
    entries: &[Entry],
    began: Instant,
    events: &Events,
) -> RunScope {
    let RunRequest { store, limits, parent, .. } = request;
    let created = entries.iter().find_map(|entry| match entry {
        Entry::Created { key, .. } => Some(key),
        _ => None,
    });
    let deadline = began + limits.run_timeout.min(ONE_YEAR);
    let parent_deadline = parent.as_ref().and_then(|parent| parent.scope().deadline);
    RunScope {
        run: active.run.clone(),
        key: journal.state.key().or(created).cloned().unwrap_or_else(JournalKey::random),
        model: Some(active.model.clone()),
        store: Some(store.clone()),
        budget: Arc::default(),
        events: events.clone(),
        sub_agent_results: Arc::default(),
        deadline: Some(parent_deadline.map_or(deadline, |parent| parent.min(deadline))),
        lock: Weak::new(),
        cancel: CancellationToken::default(),
    }
}

/// Returns the output of `work`, or `None` if the run is cancelled first. The work is taken pinned:
/// moved into this function, it would be kept in memory twice.
async fn unless_cancelled<T>(
    cancel: &CancelHandle,
    work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    match select(work, pin!(cancel.cancelled())).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Waits until everything is written and the conversation is unlocked.
async fn finish(guard: CancelOnDrop) {
    let writer = guard.writer.clone();
    drop(guard);
    writer.ended().await;
}
