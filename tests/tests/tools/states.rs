//! What the agent and the run fill: states, what was given, and the call's context.

use std::sync::{Arc, Mutex};

use callsign::{Arguments, Context, States, tool, tools};

use crate::{call, call_with, failure};

struct Timetable(&'static str);

trait Clock: Send + Sync {
    fn hour(&self) -> u32;
}

struct Noon;

impl Clock for Noon {
    fn hour(&self) -> u32 {
        12
    }
}

/// Takes states between arguments, while it waits.
#[tool]
async fn waits(#[state] timetable: &Timetable, city: String, #[state] clock: &dyn Clock) -> String {
    tokio::task::yield_now().await;
    format!("{} {city} {}", timetable.0, clock.hour())
}

/// The same, where blocking is allowed.
#[tool]
fn blocks(#[state] timetable: &Timetable, city: &str, #[state] clock: &dyn Clock) -> String {
    format!("{} {city} {}", timetable.0, clock.hour())
}

/// Takes a trait object that says itself that it is shared, and one in a type.
#[tool]
fn spelled(
    #[state] clock: &(dyn Clock + Send + Sync),
    #[state] clocks: &Mutex<Vec<Box<dyn Clock>>>,
    #[state] name: &str,
) -> String {
    format!("{} {} {name}", clock.hour(), clocks.lock().expect("nobody panics").len())
}

/// Changes what is shared.
#[tool]
fn counts(#[state] count: &Mutex<u32>) -> u32 {
    let mut count = count.lock().expect("nobody panics");
    *count += 1;
    *count
}

/// Takes the context.
#[tool]
async fn takes_context(context: &Context) -> String {
    format!("{} {}", context.conversation(), context.tool())
}

mod aliased {
    pub(super) type Context = callsign::Context;
}

/// Takes the context by another path, where blocking is allowed.
#[tool]
fn takes_context_by_path(#[allow(unused)] context: &aliased::Context, #[state] t: &Timetable) {
    assert!(context.get::<Timetable>().is_some_and(|it| std::ptr::eq(it, t)));
}

fn states() -> States {
    let noon: Arc<dyn Clock> = Arc::new(Noon);
    States::default().with(Arc::new(Timetable("DL 1"))).with(noon)
}

#[tokio::test]
async fn states_are_injected() {
    for tool in tools![waits, blocks] {
        let answer = call_with(&tool, states(), r#"{"city":"Porto"}"#).await.unwrap();
        assert_eq!(answer, "DL 1 Porto 12");
    }
}

#[tokio::test]
async fn a_state_is_found_by_its_type_as_it_is_spelled() {
    let clock: Arc<dyn Clock + Send + Sync> = Arc::new(Noon);
    let clocks: Vec<Box<dyn Clock>> = vec![Box::new(Noon)];
    let name: Arc<str> = Arc::from("Ada");
    let states = States::default().with(clock).with(Arc::new(Mutex::new(clocks))).with(name);
    let tool = &tools![spelled][0];
    assert_eq!(call_with(tool, states.clone(), "{}").await.unwrap(), "12 1 Ada");
    assert!(tool.spec().states.iter().all(|state| states.contains(state.id)));
}

#[tokio::test]
async fn states_are_shared_by_calls() {
    let states = States::default().with(Arc::new(Mutex::new(1_u32)));
    let tool = &tools![counts][0];
    assert_eq!(call_with(tool, states.clone(), "{}").await.unwrap(), "2");
    assert_eq!(call_with(tool, states, "{}").await.unwrap(), "3");
}

#[tokio::test]
async fn the_context_is_the_calls() {
    let [takes_context, by_path] = &tools![takes_context, takes_context_by_path][..] else {
        panic!("two tools")
    };
    assert_eq!(call(takes_context, "{}").await.unwrap(), "detached detached");
    assert_eq!(call_with(by_path, states(), "{}").await.unwrap(), "done");
}

#[tokio::test]
async fn states_are_known_before_a_call() {
    let tool = &tools![waits][0];
    let names: Vec<_> = tool.spec().states.iter().map(|state| state.name).collect();
    assert_eq!(names, ["tools::states::Timetable", "dyn tools::states::Clock"]);
    assert!(tool.spec().states.iter().all(|state| states().contains(state.id)));
    let schema = &tool.spec().definition.parameters;
    assert_eq!(schema["required"], serde_json::json!(["city"]));
}

#[tokio::test]
async fn a_state_that_is_missing_is_a_private_error() {
    let failure = failure(&tools![waits][0], r#"{"city":"Porto"}"#).await;
    assert!(failure.starts_with("ToolError { audience: Log, "), "{failure}");
    assert!(failure.contains("Timetable"), "{failure}");
}

struct Tenant(u32);

/// Takes what the run was given, while it waits.
#[tool]
async fn given(#[context] tenant: &Tenant, city: String, #[context] clock: &dyn Clock) -> String {
    tokio::task::yield_now().await;
    format!("{} {city} {}", tenant.0, clock.hour())
}

/// The same, where blocking is allowed, beside a state.
#[tool]
fn given_beside_state(#[context] tenant: &Tenant, #[state] timetable: &Timetable) -> String {
    format!("{} {}", tenant.0, timetable.0)
}

#[tokio::test]
async fn what_the_run_was_given_is_injected() {
    let noon: Arc<dyn Clock> = Arc::new(Noon);
    let values = States::default().with(Arc::new(Tenant(7))).with(noon);
    let tools = tools![given, given_beside_state];
    let run = async |at: usize, arguments| {
        let context = Context::detached_with(states(), values.clone());
        let output = tools[at].call(context, Arguments::new(arguments)).await.unwrap();
        output.content.text().into_owned()
    };
    assert_eq!(run(0, r#"{"city":"Porto"}"#).await, "7 Porto 12");
    assert_eq!(run(1, "{}").await, "7 DL 1");
    let spec = tools[0].spec();
    let names: Vec<_> = spec.given.iter().map(|given| given.name).collect();
    assert_eq!(names, ["tools::states::Tenant", "dyn tools::states::Clock"]);
    assert!(spec.states.is_empty());
    assert!(spec.given.iter().all(|given| values.contains(given.id)));
    assert_eq!(spec.definition.parameters["required"], serde_json::json!(["city"]));
}

#[tokio::test]
async fn what_the_run_was_not_given_is_a_private_error() {
    let failure = failure(&tools![given][0], r#"{"city":"Porto"}"#).await;
    assert!(failure.starts_with("ToolError { audience: Log, "), "{failure}");
    assert!(failure.contains("Tenant"), "{failure}");
}
