//! The child's model. Its reply follows from the messages that it is sent, and from nothing else,
//! so that it is the same model in every process.

use std::fmt::Write;

use callsign::{
    FinishReason, Finished, Message, Messages, Model, ModelEvent, ModelStream, Request, ToolCall,
};
use futures_util::StreamExt;
use futures_util::stream;

use crate::points::reach;

/// Calls three tools at each step, and then tells what they returned.
pub(crate) struct Clerk {
    pub(crate) steps: u64,
}

/// The tools that are called at a step. They come in another order at each, so that each of them
/// is once the last, which has to wait where only two run at once.
pub(crate) fn calls(step: u64) -> [&'static str; 3] {
    let plain = if step.is_multiple_of(2) { "charge" } else { "ship" };
    let mut tools = [plain, "reserve", "look_up"];
    tools.rotate_left((step % 3) as usize);
    tools
}

/// What the answer is: the sum of what was returned, and what nobody knows of.
pub(crate) fn answer(sum: u64, unknown: &[String]) -> String {
    let unknown = if unknown.is_empty() { "nothing".to_owned() } else { unknown.join(", ") };
    format!("The sum is {sum}. Not known: {unknown}.")
}

impl Model for Clerk {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        reach("before the model");
        let events = reply(&request.messages, self.steps);
        let events = stream::iter(events).inspect(|_| reach("within a reply"));
        Box::pin(events.map(Ok))
    }

    fn name(&self) -> &str {
        "clerk"
    }
}

fn reply(messages: &Messages, steps: u64) -> Vec<ModelEvent> {
    let called =
        |message: &&Message| matches!(message, Message::Assistant(it) if !it.tool_calls.is_empty());
    let step = messages.iter().filter(called).count() as u64;
    if step == steps {
        let end = Finished::new(FinishReason::Stop);
        return vec![ModelEvent::TextDelta(tell(messages)), ModelEvent::Finished(Box::new(end))];
    }
    let mut events = vec![ModelEvent::TextDelta(format!("Step {step}."))];
    events.extend(calls(step).into_iter().enumerate().map(|(at, tool)| {
        let arguments = format!("{{\"step\":{step}}}");
        ModelEvent::ToolCall(ToolCall::new(format!("step{step}call{at}"), tool, arguments))
    }));
    events.push(ModelEvent::Finished(Box::new(Finished::new(FinishReason::ToolCalls))));
    events
}

/// The answer, from nothing but the texts that a model gets to see.
fn tell(messages: &Messages) -> String {
    let (mut sum, mut unknown) = (0, Vec::new());
    let mut called = Vec::new().into_iter();
    for message in messages {
        match message {
            Message::Assistant(message) => called = message.tool_calls.clone().into_iter(),
            Message::Tool(result) => {
                let call = called.next().unwrap();
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
