//! The process that is killed.

use std::env::var;

use callsign::prelude::*;

use crate::effects::Effects;
use crate::model::Clerk;
use crate::points::{Pointed, reach};
use crate::stores;
use crate::tools::{charge, look_up, reserve, ship};

/// What a child is told, in its environment.
pub(crate) const STORE: &str = "CALLSIGN_CRASH_STORE";
pub(crate) const CONVERSATION: &str = "CALLSIGN_CRASH_CONVERSATION";
pub(crate) const EFFECTS: &str = "CALLSIGN_CRASH_EFFECTS";
pub(crate) const STEPS: &str = "CALLSIGN_CRASH_STEPS";
pub(crate) const AT_ONCE: &str = "CALLSIGN_CRASH_AT_ONCE";
pub(crate) const SAYS: &str = "CALLSIGN_CRASH_SAYS";

/// What a child prints for each event, so that it can be killed at one.
pub(crate) const MARK: char = '@';

/// Not a test of its own: what the child does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(store) = var(STORE) else { return };
    let agent = Agent::builder(Clerk { steps: var(STEPS).unwrap().parse().unwrap() })
        .tools(tools![charge, ship, reserve, look_up])
        .state(Effects::open(&var(EFFECTS).unwrap()))
        .limits(Limits::default().tool_concurrency(var(AT_ONCE).unwrap().parse().unwrap()))
        .store(Pointed(stores::open(&store).await))
        .observe(|_, _| println!("{MARK}"))
        .build()
        .unwrap();
    let chat = agent.conversation(var(CONVERSATION).unwrap());
    let is_new = chat.entries().await.unwrap().is_empty();
    let reply = match var(SAYS) {
        _ if is_new => chat.send("Do all the steps.").await,
        Ok(more) => chat.send(more).await,
        Err(_) => chat.resume().await,
    };
    assert!(matches!(reply.unwrap().outcome(), Outcome::Answered));
    reach("before the answer is told");
}
