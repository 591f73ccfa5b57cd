//! The model of the child. Its response depends only on the messages of the request, so it behaves
//! the same in every process.

use std::fmt::Write;

use callsign::model::{
    FinishReason, Messages, ModelEvent, ModelInfo, ModelStream, ResponseEnd, ToolCall,
};
use callsign::{Message, Model, Request};
use futures_util::StreamExt;
use futures_util::stream;

use crate::points::reach;

/// A model that calls three tools at each step and then answers with their results.
pub(crate) struct StepModel {
    pub(crate) steps: u64,
}

/// Returns the tools that the model calls at a step.
///
/// The order differs from step to step, so that each tool is last at some step. With a concurrency
/// of two, the last call waits.
pub(crate) fn calls(step: u64) -> [&'static str; 3] {
    let plain = if step.is_multiple_of(2) { "charge" } else { "ship" };
    let mut tools = [plain, "reserve", "look_up"];
    tools.rotate_left((step % 3) as usize);
    tools
}

/// Returns the answer: the sum of the results, and the calls whose result is unknown.
pub(crate) fn answer(sum: u64, unknown: &[String]) -> String {
    let unknown = if unknown.is_empty() { "nothing".to_owned() } else { unknown.join(", ") };
    format!("The sum is {sum}. Not known: {unknown}.")
}

impl Model for StepModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        reach("before the model");
        let events = response(&request.messages, self.steps);
        let events = stream::iter(events).inspect(|_| reach("within a response"));
        Box::pin(events.map(Ok))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("steps")
    }
}

fn response(messages: &Messages, steps: u64) -> Vec<ModelEvent> {
    let has_calls =
        |message: &&Message| matches!(message, Message::Assistant(it) if !it.tool_calls.is_empty());
    let step = messages.iter().filter(has_calls).count() as u64;
    if step == steps {
        let end = ResponseEnd::new(FinishReason::Stop);
        return vec![
            ModelEvent::TextDelta(answer_from(messages)),
            ModelEvent::Finished(Box::new(end)),
        ];
    }
    let mut events = vec![ModelEvent::TextDelta(format!("Step {step}."))];
    events.extend(calls(step).into_iter().enumerate().map(|(at, tool)| {
        let arguments = format!("{{\"step\":{step}}}");
        ModelEvent::ToolCall(ToolCall::new(format!("step{step}call{at}"), tool, arguments))
    }));
    events.push(ModelEvent::Finished(Box::new(ResponseEnd::new(FinishReason::ToolCalls))));
    events
}

/// Computes the answer from the messages, as a real model would.
fn answer_from(messages: &Messages) -> String {
    let (mut sum, mut unknown) = (0, Vec::new());
    let mut calls = Vec::new().into_iter();
    for message in messages {
        match message {
            Message::Assistant(message) => calls = message.tool_calls.clone().into_iter(),
            Message::Tool(result) => {
                let call = calls.next().unwrap();
                assert_eq!(call.id, result.call_id);
                match result.content.text().parse::<u64>() {
                    Ok(value) => sum += value,
                    Err(_) => {
                        let mut name = call.name.clone();
                        write!(name, "{}", call.arguments).unwrap();
                        unknown.push(name);
                    }
                }
            }
            _ => {}
        }
    }
    answer(sum, &unknown)
}
