//! One model call.

use std::panic::AssertUnwindSafe;
use std::sync::{MutexGuard, PoisonError};

use callsign_types::error::Error;
use callsign_types::event::{Event, ModelEvent, ModelResponse};
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{Entry, RecordedReply};
use callsign_types::request::{Request, ToolChoice};
use callsign_types::token_estimate::estimate;
use callsign_types::traits::budget::Spending;
use callsign_types::traits::model::ResponseAccumulator;
use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout_at;

use super::local::LocalExecutor;
use super::output_spec::next_mode;
use crate::journal::Journal;
use crate::journal::pending_call::CallState;
use crate::tools::arguments;
use crate::tools::call_result::CallResult;
use crate::tools::schedule::first_starts;

/// The maximum number of events that wait for the subscriber while the model is polled. Without it,
/// a model that always has an event ready would never let the subscriber run.
const MAX_EVENTS_AHEAD: u32 = 32;

impl LocalExecutor {
    /// Calls the model, and returns the entries of the outcome.
    pub(crate) async fn call_model(
        &mut self,
        journal: &Journal,
        turn: u32,
        answer_only: bool,
    ) -> Vec<Entry> {
        self.checked.clear();
        if let Some(limit) = self.scope.budget.exhausted() {
            return vec![Entry::LimitReached { limit }];
        }
        self.events.emit(|| Event::TurnStarted { turn });
        let request = self.request(journal, answer_only);
        self.active.note_call_ids(journal);
        // The request is needed again only to estimate tokens that the provider does not count.
        let sent = self.scope.budget.is_limited().then(|| request.clone());
        // The model itself may panic before there is a stream to poll.
        let work = async { timeout_at(self.deadline, self.receive_response(request)).await };
        let received = AssertUnwindSafe(work).catch_unwind().await;
        let received = received.unwrap_or_else(|_| Ok(Err(self.model_panicked())));
        let partial_text = std::mem::take(&mut *self.partial_text());
        match received {
            Ok(Ok(response)) => {
                self.response_entries(journal, response, sent.as_ref(), partial_text)
            }
            Ok(Err(error)) => self.failure_entries(journal, error, partial_text),
            Err(_) => vec![Entry::TimedOut { partial_text }],
        }
    }

    /// Returns the entries of a response: the response with its cost, and what is known about its
    /// calls at once.
    fn response_entries(
        &mut self,
        journal: &Journal,
        response: ModelResponse,
        sent: Option<&Request>,
        partial_text: String,
    ) -> Vec<Entry> {
        // Forced again and again, the model would never finish.
        if matches!(self.tool_choice, ToolChoice::Required | ToolChoice::Tool(_)) {
            self.tool_choice = ToolChoice::Unset;
        }
        let mut reply = journal.state.admit(response);
        if let (None, Some(request)) = (reply.usage, sent) {
            reply.usage = Some(estimate(request, &reply.message));
            reply.is_estimated = true;
        }
        let usage = reply.usage.unwrap_or_default();
        let model = &*self.active.config.model;
        let cost = self.scope.budget.price(model, reply.model.as_deref(), usage);
        reply.cost = cost.as_ref().ok().copied().flatten();
        let (known, is_estimated) = (reply.cost.unwrap_or_default(), reply.is_estimated);
        self.scope.budget.add(Spending { usage, cost: known, is_estimated });
        let (finish_reason, usage) = (reply.finish_reason.clone(), reply.usage);
        self.events.emit(|| Event::TurnEnded { finish_reason, usage });
        if let Err(unpriced) = cost {
            // The response was paid for, so it is kept. None of its calls runs.
            let failed = self.failure_entries(journal, unpriced, partial_text);
            return std::iter::once(Entry::Assistant(reply)).chain(failed).collect();
        }
        let states: Vec<_> = journal.state.initial_call_states(&reply).collect();
        let repaired = self.check_calls(&reply, &states);
        let starts = first_starts(&journal.state, &reply, &states);
        let starts = starts.into_iter().map(|call| Entry::Started { call });
        std::iter::once(Entry::Assistant(reply)).chain(repaired).chain(starts).collect()
    }

    /// Repairs the arguments of a response's calls, and checks those that a policy or a person
    /// decides about. Calls with invalid arguments get their result at once, without a decision.
    fn check_calls(
        &mut self,
        reply: &RecordedReply,
        states: &[(CallIndex, CallState)],
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (requested, &(call, state)) in reply.message.tool_calls.iter().zip(states) {
            let needs_decision = match state {
                CallState::NeedsPolicy | CallState::NeedsApproval => true,
                CallState::Run => false,
                _ => continue,
            };
            let mut text = arguments::repaired(&requested.arguments);
            let tool = self.active.tools.get(&requested.name).filter(|_| needs_decision);
            if let Some(tool) = tool {
                match arguments::check(tool, text.as_deref().unwrap_or(&requested.arguments)) {
                    Ok(checked) => {
                        if *checked.text != *requested.arguments {
                            text = Some(checked.text.to_string());
                        }
                        self.checked.insert(call, checked);
                    }
                    Err(reason) => {
                        let result = CallResult::invalid_arguments(&requested.name, &reason);
                        let (status, content) = (result.status, result.content);
                        self.emit_settled(call, requested, status, &content);
                        entries.push(Entry::result(call, status, content));
                        continue;
                    }
                }
            }
            entries.extend(text.map(|arguments| Entry::ArgumentsRepaired { call, arguments }));
        }
        entries
    }

    /// Returns the entries of a failed model call.
    fn failure_entries(
        &mut self,
        journal: &Journal,
        error: Error,
        partial_text: String,
    ) -> Vec<Entry> {
        if error.is_output_mode_rejected()
            && let Some(mode) = journal.state.output_mode().and_then(next_mode)
        {
            tracing::info!(%error, ?mode, "requesting the output in another mode");
            return vec![Entry::OutputModeChanged { format: mode }];
        }
        if error.is_context_length()
            && !self.active.config.compactors.is_empty()
            && !journal.state.is_compacted()
        {
            tracing::info!(%error, "compacting the history");
            return vec![Entry::ContextOverflow];
        }
        let is_undone = error.is_context_length() && journal.transcript.is_compacted();
        let error = match is_undone {
            true => error.map_message(|message| {
                format!("{message}; compacting the history did not help, so it was undone")
            }),
            false => error,
        };
        let (kind, message) = (error.kind(), error.to_string());
        self.model_error = Some(error);
        vec![Entry::Failed { kind, message, partial_text }]
    }

    fn model_panicked(&self) -> Error {
        let name = self.active.config.model.info().name;
        Error::configuration(format!("the model `{name}` panicked"))
    }

    fn request(&self, journal: &Journal, answer_only: bool) -> Request {
        let mut request = Request::new(journal.transcript.messages().clone());
        request.instructions = journal.state.instructions().cloned();
        request.tools = self.active.tools.definitions().clone();
        request.tool_choice = if answer_only { ToolChoice::None } else { self.tool_choice.clone() };
        request.options = self.active.config.options.clone();
        request.restartable = !self.events.has_subscriber();
        if let (Some(output), Some(mode)) = (&self.output, journal.state.output_mode()) {
            output.apply_to(&mut request, mode);
        }
        request
    }

    fn partial_text(&self) -> MutexGuard<'_, String> {
        self.partial_text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn receive_response(&self, request: Request) -> Result<ModelResponse, Error> {
        let mut stream = self.active.model.stream(request);
        let mut response = ResponseAccumulator::default();
        let mut emitted = 0_u32;
        while let Some(event) = stream.next().await {
            let event = event?;
            match &event {
                ModelEvent::TextDelta(text) => self.partial_text().push_str(text),
                ModelEvent::Retrying(_) => self.partial_text().clear(),
                _ => {}
            }
            let end = if self.events.has_subscriber() {
                let (event, end) = response.push_and_forward(event);
                self.events.emit(|| event);
                emitted = emitted.wrapping_add(1);
                if emitted.is_multiple_of(MAX_EVENTS_AHEAD) {
                    self.events.flush().await;
                }
                end
            } else {
                response.push(event)
            };
            if let Some(end) = end {
                return Ok(response.finish(end));
            }
        }
        Err(response.into_incomplete())
    }
}
