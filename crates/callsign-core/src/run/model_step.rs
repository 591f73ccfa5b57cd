//! One call of the model.

use std::panic::AssertUnwindSafe;
use std::sync::PoisonError;

use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout_at;

use super::answer::is_about_format;
use super::embedded::Embedded;
use crate::dispatch::answer::Answer;
use crate::dispatch::arguments;
use crate::dispatch::schedule::first_starts;
use crate::journal::Journal;
use crate::journal::entry::{AnswerFormat, Entry, RecordedReply};
use crate::journal::open_call::Due;
use crate::traits::ledger::Spent;
use crate::traits::model::Fold;
use crate::words::error::Error;
use crate::words::estimate::estimate;
use crate::words::event::{Event, ModelEvent, ModelReply, ToolCallEnded};
use crate::words::request::{Request, ToolChoice};

/// How many events of a model may wait for whoever listens before the model is asked for more: one
/// that always has more to say would never leave the listener a turn.
const AHEAD: u32 = 32;

impl Embedded {
    /// Asks the model, and answers what the journal gets to know of it.
    pub(super) async fn call_model(
        &mut self,
        journal: &Journal,
        turn: u32,
        answer_only: bool,
    ) -> Vec<Entry> {
        if let Some(limit) = self.scope.ledger.exhausted() {
            return vec![Entry::LimitReached { limit }];
        }
        self.events.emit(|| Event::TurnStarted { turn });
        let request = self.request(journal, answer_only);
        // Only where the service does not count is the request needed again.
        let sent = self.scope.ledger.is_limited().then(|| request.clone());
        // The model itself may panic, before there is a stream to poll.
        let work = async { timeout_at(self.deadline, self.ask_model(request)).await };
        let asked = AssertUnwindSafe(work).catch_unwind().await;
        let asked = asked.unwrap_or_else(|_| Ok(Err(self.model_panicked())));
        let partial_text =
            std::mem::take(&mut *self.partial_text.lock().unwrap_or_else(PoisonError::into_inner));
        match asked {
            Ok(Ok(reply)) => self.replied(journal, reply, sent.as_ref(), partial_text),
            Ok(Err(error)) => self.model_failed(journal, error, partial_text),
            Err(_) => vec![Entry::OutOfTime { partial_text }],
        }
    }

    /// What follows from a reply: what it cost, and what of its calls can be told at once.
    fn replied(
        &mut self,
        journal: &Journal,
        reply: ModelReply,
        sent: Option<&Request>,
        partial_text: String,
    ) -> Vec<Entry> {
        let mut reply = journal.state.admit(reply);
        if let (None, Some(request)) = (reply.usage, sent) {
            reply.usage = Some(estimate(request, &reply.message));
            reply.is_estimated = true;
        }
        let usage = reply.usage.unwrap_or_default();
        let model = &*self.active.parts.model;
        let cost = self.scope.ledger.price(model, reply.model.as_deref(), usage);
        reply.cost = cost.as_ref().ok().copied().flatten();
        let (known, is_estimated) = (reply.cost.unwrap_or_default(), reply.is_estimated);
        self.scope.ledger.add(Spent { usage, cost: known, is_estimated });
        let (finish_reason, usage) = (reply.finish_reason.clone(), reply.usage);
        self.events.emit(|| Event::TurnEnded { finish_reason, usage });
        if let Err(unpriced) = cost {
            // It was paid for, and is kept. Nothing that it calls is run.
            let failed = self.model_failed(journal, unpriced, partial_text);
            return std::iter::once(Entry::Assistant(reply)).chain(failed).collect();
        }
        let understood = self.understand(journal, &mut reply);
        let starts = first_starts(&journal.state, &reply);
        let starts = starts.into_iter().map(|call| Entry::Started { call });
        let reply = std::iter::once(Entry::Assistant(reply));
        reply.chain(understood).chain(starts).collect()
    }

    /// What of a reply's arguments had to be mended; and the answers to calls that nobody needs
    /// to be asked about, because their arguments are not valid.
    fn understand(&self, journal: &Journal, reply: &mut RecordedReply) -> Vec<Entry> {
        let mut entries = Vec::new();
        let judged: Vec<_> = journal.state.judge(reply).collect();
        for (open, (call, due)) in reply.message.tool_calls.iter().zip(judged) {
            if !matches!(due, Due::Run | Due::Judge | Due::Ask) {
                continue;
            }
            let mut text = arguments::mended(&open.arguments);
            let slot = self.active.toolbox.get(&open.name).filter(|_| due != Due::Run);
            if let Some(slot) = slot {
                match arguments::check(slot, text.as_deref().unwrap_or(&open.arguments)) {
                    Ok(checked) if *checked.text != *open.arguments => {
                        text = Some(checked.text.to_string());
                    }
                    Ok(_) => {}
                    Err(why) => {
                        let answer = Answer::invalid_arguments(&open.name, &why);
                        let (outcome, content) = (answer.outcome, answer.content);
                        self.events.emit(|| {
                            Event::ToolResult(ToolCallEnded {
                                number: call,
                                name: open.name.as_str().into(),
                                outcome,
                                content: content.clone(),
                                private: None,
                                error: None,
                                elapsed: std::time::Duration::ZERO,
                            })
                        });
                        entries.push(Entry::result(call, outcome, content));
                        continue;
                    }
                }
            }
            entries.extend(text.map(|arguments| Entry::Mended { call, arguments }));
        }
        entries
    }

    fn model_failed(
        &mut self,
        journal: &Journal,
        error: Error,
        partial_text: String,
    ) -> Vec<Entry> {
        if is_about_format(&error)
            && let Some(format) = journal.state.answer_format().and_then(AnswerFormat::next)
        {
            tracing::info!(%error, ?format, "the answer is asked for in another format");
            return vec![Entry::AnswerFormat { format }];
        }
        if error.is_context_length()
            && !self.active.parts.compactors.is_empty()
            && !journal.state.is_compacted()
        {
            tracing::info!(%error, "the history is made shorter");
            return vec![Entry::TooLong];
        }
        let (kind, message) = (error.kind(), error.to_string());
        self.model_error = Some(error);
        vec![Entry::Failed { kind, message, partial_text }]
    }

    fn model_panicked(&self) -> Error {
        let name = self.active.parts.model.name();
        Error::configuration(format!("the model `{name}` panicked"))
    }

    fn request(&self, journal: &Journal, answer_only: bool) -> Request {
        let mut request = Request {
            instructions: journal.state.instructions().cloned(),
            messages: journal.transcript.messages().clone(),
            tools: self.active.toolbox.definitions().clone(),
            tool_choice: if answer_only { ToolChoice::None } else { ToolChoice::Unset },
            options: self.active.parts.options.clone(),
            client_request_id: None,
        };
        if let (Some(answer), Some(format)) = (&self.answer, journal.state.answer_format()) {
            answer.shape(&mut request, format, answer_only);
        }
        request
    }

    async fn ask_model(&self, request: Request) -> Result<ModelReply, Error> {
        let mut stream = self.active.model.stream(request);
        let mut fold = Fold::default();
        let mut told = 0_u32;
        while let Some(event) = stream.next().await {
            let event = event?;
            if let ModelEvent::TextDelta(text) = &event {
                self.partial_text.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
            }
            let finished = if self.events.is_unheard() {
                fold.take(event)
            } else {
                let (heard, finished) = fold.take_heard(event);
                self.events.emit(|| heard);
                told = told.wrapping_add(1);
                if told.is_multiple_of(AHEAD) {
                    self.events.heard().await;
                }
                finished
            };
            if let Some(finished) = finished {
                return Ok(fold.finish(finished));
            }
        }
        Err(fold.cut_off())
    }
}
