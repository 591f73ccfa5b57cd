//! The program of the child process, which is killed.

use std::env::var;

use callsign::prelude::*;

use crate::effects::Effects;
use crate::model::StepModel;
use crate::points::{reach, with_points};
use crate::stores;
use crate::tools::{charge, look_up, reserve, ship};

// The environment variables that configure a child.
pub(crate) const STORE: &str = "CALLSIGN_CRASH_STORE";
pub(crate) const CONVERSATION: &str = "CALLSIGN_CRASH_CONVERSATION";
pub(crate) const EFFECTS: &str = "CALLSIGN_CRASH_EFFECTS";
pub(crate) const STEPS: &str = "CALLSIGN_CRASH_STEPS";
pub(crate) const CONCURRENCY: &str = "CALLSIGN_CRASH_CONCURRENCY";
pub(crate) const MESSAGE: &str = "CALLSIGN_CRASH_MESSAGE";

/// The character that a child prints for each event, so that the parent can kill it at an event.
pub(crate) const EVENT_MARK: char = '@';

/// Runs as the child process. Without the variables, as an ordinary test, it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(store) = var(STORE) else { return };
    // The process is killed far more often than a call may end it by default.
    let limits = Limits::default().max_call_attempts(u32::MAX);
    let limits = limits.tool_concurrency(var(CONCURRENCY).unwrap().parse().unwrap());
    let agent = Agent::builder(StepModel { steps: var(STEPS).unwrap().parse().unwrap() })
        .tools(tools![charge, ship, reserve, look_up])
        .state(Effects::open(&var(EFFECTS).unwrap()))
        .limits(limits)
        .store(with_points(stores::open(&store).await))
        .on_event(|_, _| println!("{EVENT_MARK}"))
        .build()
        .unwrap();
    let chat = agent.conversation(var(CONVERSATION).unwrap());
    let is_new = chat.entries().await.unwrap().is_empty();
    let reply = match var(MESSAGE) {
        _ if is_new => chat.send("Do all the steps.").await,
        Ok(message) => chat.send(message).await,
        Err(_) => chat.resume().await,
    };
    assert!(matches!(reply.unwrap().outcome(), Outcome::Answered));
    reach("before the exit");
}
