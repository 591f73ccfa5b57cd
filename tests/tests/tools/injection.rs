//! Injection of state, of context values and of the call's context.

use std::sync::{Arc, Mutex};

use callsign::tool::{Arguments, Extensions};
use callsign::{Context, tool, tools};

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

/// Takes state between arguments.
#[tool]
async fn state_async(
    #[state] timetable: &Timetable,
    city: String,
    #[state] clock: &dyn Clock,
) -> String {
    tokio::task::yield_now().await;
    format!("{} {city} {}", timetable.0, clock.hour())
}

/// The same, on a blocking thread.
#[tool]
fn state_blocking(
    #[state] timetable: &Timetable,
    city: &str,
    #[state] clock: &dyn Clock,
) -> String {
    format!("{} {city} {}", timetable.0, clock.hour())
}

/// Takes trait objects in several spellings.
#[tool]
fn trait_objects(
    #[state] clock: &(dyn Clock + Send + Sync),
    #[state] clocks: &Mutex<Vec<Box<dyn Clock>>>,
    #[state] name: &str,
) -> String {
    format!("{} {} {name}", clock.hour(), clocks.lock().expect("no panic").len())
}

/// Changes shared state.
#[tool]
fn increment(#[state] count: &Mutex<u32>) -> u32 {
    let mut count = count.lock().expect("no panic");
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

/// Takes the context by an alias, on a blocking thread.
#[tool]
fn takes_context_by_path(#[allow(unused)] context: &aliased::Context, #[state] t: &Timetable) {
    assert!(context.state::<Timetable>().is_some_and(|it| std::ptr::eq(it, t)));
}

/// Returns the state of an agent.
fn state() -> Extensions {
    let noon: Arc<dyn Clock> = Arc::new(Noon);
    Extensions::default().with(Arc::new(Timetable("DL 1"))).with(noon)
}

#[tokio::test]
async fn state_is_injected() {
    for tool in tools![state_async, state_blocking] {
        let answer = call_with(&tool, state(), r#"{"city":"Porto"}"#).await.unwrap();
        assert_eq!(answer, "DL 1 Porto 12");
    }
}

#[tokio::test]
async fn state_is_found_by_its_written_type() {
    let clock: Arc<dyn Clock + Send + Sync> = Arc::new(Noon);
    let clocks: Vec<Box<dyn Clock>> = vec![Box::new(Noon)];
    let name: Arc<str> = Arc::from("Ada");
    let state = Extensions::default().with(clock).with(Arc::new(Mutex::new(clocks))).with(name);
    let tool = &tools![trait_objects][0];
    assert_eq!(call_with(tool, state.clone(), "{}").await.unwrap(), "12 1 Ada");
    assert!(tool.spec().required_state.iter().all(|it| state.contains(it.id)));
}

#[tokio::test]
async fn state_is_shared_by_calls() {
    let state = Extensions::default().with(Arc::new(Mutex::new(1_u32)));
    let tool = &tools![increment][0];
    assert_eq!(call_with(tool, state.clone(), "{}").await.unwrap(), "2");
    assert_eq!(call_with(tool, state, "{}").await.unwrap(), "3");
}

#[tokio::test]
async fn context_is_injected() {
    let tools = tools![takes_context, takes_context_by_path];
    let [takes_context, by_path] = [&tools[0], &tools[1]];
    assert_eq!(call(takes_context, "{}").await.unwrap(), "detached detached");
    assert_eq!(call_with(by_path, state(), "{}").await.unwrap(), "done");
}

#[tokio::test]
async fn spec_lists_the_required_state() {
    let tool = &tools![state_async][0];
    let names: Vec<_> = tool.spec().required_state.iter().map(|state| state.name).collect();
    assert_eq!(names, ["tools::injection::Timetable", "dyn tools::injection::Clock"]);
    assert!(tool.spec().required_state.iter().all(|it| state().contains(it.id)));
    let schema = &tool.spec().definition.parameters;
    assert_eq!(schema["required"], serde_json::json!(["city"]));
}

#[tokio::test]
async fn missing_state_is_a_private_error() {
    let failure = failure(&tools![state_async][0], r#"{"city":"Porto"}"#).await;
    assert!(failure.starts_with("ToolError { route: Log, "), "{failure}");
    assert!(failure.contains("Timetable"), "{failure}");
}

struct Tenant(u32);

/// Takes context values.
#[tool]
async fn context_values(
    #[context] tenant: &Tenant,
    city: String,
    #[context] clock: &dyn Clock,
) -> String {
    tokio::task::yield_now().await;
    format!("{} {city} {}", tenant.0, clock.hour())
}

/// Takes a context value and state, on a blocking thread.
#[tool]
fn context_and_state(#[context] tenant: &Tenant, #[state] timetable: &Timetable) -> String {
    format!("{} {}", tenant.0, timetable.0)
}

#[tokio::test]
async fn context_values_of_the_run_are_injected() {
    let noon: Arc<dyn Clock> = Arc::new(Noon);
    let values = Extensions::default().with(Arc::new(Tenant(7))).with(noon);
    let tools = tools![context_values, context_and_state];
    let run = async |index: usize, arguments| {
        let context = Context::detached_with(state(), values.clone());
        let output = tools[index].call(context, Arguments::new(arguments)).await.unwrap();
        output.content.text().into_owned()
    };
    assert_eq!(run(0, r#"{"city":"Porto"}"#).await, "7 Porto 12");
    assert_eq!(run(1, "{}").await, "7 DL 1");
    let spec = tools[0].spec();
    let names: Vec<_> = spec.required_context.iter().map(|value| value.name).collect();
    assert_eq!(names, ["tools::injection::Tenant", "dyn tools::injection::Clock"]);
    assert!(spec.required_state.is_empty());
    assert!(spec.required_context.iter().all(|value| values.contains(value.id)));
    assert_eq!(spec.definition.parameters["required"], serde_json::json!(["city"]));
}

#[tokio::test]
async fn missing_context_value_is_a_private_error() {
    let failure = failure(&tools![context_values][0], r#"{"city":"Porto"}"#).await;
    assert!(failure.starts_with("ToolError { route: Log, "), "{failure}");
    assert!(failure.contains("Tenant"), "{failure}");
}
