//! `#[derive(Tool)]`: a struct whose fields are the arguments.

use std::sync::Arc;
use std::time::Duration;

use callsign::data;
use callsign::prelude::*;
use callsign::tool::{Arguments, ErrorVisibility, Extensions, registered_tools};
use serde_json::json;

use crate::{call, failure, invalid_arguments, is_private, visible};

/// The side of the restaurant.
#[data]
#[derive(Clone, Copy, Debug)]
enum Seating {
    Inside,
    Outside,
}

/// Books a table.
#[derive(Tool)]
#[tool(group = "derived", timeout = "3s", idempotent, example = r#"{"guests": 2}"#)]
pub(crate) struct BookTable {
    /// The number of guests.
    guests: u32,
    seating: Option<Seating>,
}

impl BookTable {
    async fn call(self, context: &Context) -> Result<String, ToolError> {
        tokio::task::yield_now().await;
        if self.guests == 0 {
            return Err(ToolError::visible("There are no guests."));
        }
        Ok(format!("{} for {} {:?}", context.tool(), self.guests, self.seating))
    }
}

/// Counts seats, on a blocking thread.
#[derive(Tool)]
#[tool(name = "how-many", errors = "private", max_result_bytes = "2KB")]
#[serde(rename_all = "camelCase")]
struct HowMany {
    #[serde(default = "two")]
    #[schemars(range(min = 1))]
    per_table: u32,
    r#type: String,
}

fn two() -> u32 {
    2
}

impl HowMany {
    fn call(&self, _: &Context) -> Result<u32, String> {
        // `block_on` panics on a worker thread of the runtime.
        tokio::runtime::Handle::current().block_on(tokio::task::yield_now());
        match self.r#type.as_str() {
            "round" => Ok(self.per_table),
            other => Err(format!("no {other} tables")),
        }
    }
}

/// Takes no arguments.
#[derive(Tool)]
struct Ping {}

impl Ping {
    async fn call(&mut self, context: &Context) {
        assert!(context.state::<u32>().is_none_or(|number| *number == 3));
    }
}

/// Takes any properties.
#[derive(Debug, Tool)]
struct Anything {
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, u32>,
}

impl Anything {
    #[expect(clippy::unused_async, reason = "the test needs an async function")]
    async fn call(self, context: &Context) -> anyhow::Result<ToolOutput> {
        let name = context.context::<String>().ok_or_else(|| anyhow::anyhow!("no name"))?;
        Ok(format!("{name} {:?}", self.rest).into())
    }
}

#[tokio::test]
async fn fields_are_the_arguments() {
    let tools = tools![BookTable, HowMany, Ping, Anything];
    let answer = call(&tools[0], r#"{"guests":2,"seating":"Inside"}"#).await.unwrap();
    assert_eq!(answer, "detached for 2 Some(Inside)");
    assert_eq!(call(&tools[0], r#"{"guests":3}"#).await.unwrap(), "detached for 3 None");
    assert_eq!(call(&tools[1], r#"{"type":"round"}"#).await.unwrap(), "2");
    assert_eq!(call(&tools[1], r#"{"type":"round","perTable":4}"#).await.unwrap(), "4");
    assert_eq!(call(&tools[2], "{}").await.unwrap(), "done");
    let values = Extensions::default().with(Arc::new("Ada".to_owned()));
    let context = Context::detached_with(Extensions::default(), values);
    let output = tools[3].call(context, Arguments::new(r#"{"a":1}"#)).await.unwrap();
    assert_eq!(output.content.text(), r#"Ada {"a": 1}"#);
}

#[tokio::test]
async fn error_type_decides_visibility() {
    let tools = tools![BookTable, HowMany, Anything];
    assert_eq!(failure(&tools[0], r#"{"guests":0}"#).await, visible("There are no guests."));
    let unknown = failure(&tools[0], r#"{"guests":1,"wine":true}"#).await;
    let message = "`wine`: unknown field `wine`, expected `guests` or `seating`";
    assert_eq!(unknown, invalid_arguments(message));
    assert_eq!(failure(&tools[1], r#"{"type":"square"}"#).await, visible("no square tables"));
    assert!(is_private(&failure(&tools[2], "{}").await, "no name"));
}

#[test]
fn attributes_are_in_the_spec() {
    let tools = tools![BookTable, HowMany, Ping];
    let [book, how_many, ping] = [0, 1, 2].map(|index: usize| tools[index].spec());
    assert_eq!([book.name(), how_many.name(), ping.name()], ["book_table", "how-many", "ping"]);
    assert_eq!(&*book.definition.description, "Books a table.");
    assert_eq!(book.timeout, Some(Duration::from_secs(3)));
    assert!(book.idempotent && &*book.group == "derived");
    assert_eq!(how_many.errors, Some(ErrorVisibility::Private));
    assert_eq!(how_many.max_result_bytes, Some(2_000));
    let schema = &book.definition.parameters;
    assert_eq!(schema["examples"], json!([{ "guests": 2 }]));
    assert_eq!(schema["required"], json!(["guests"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["guests"]["description"], "The number of guests.");
    let schema = &how_many.definition.parameters;
    assert_eq!(schema["properties"]["perTable"]["minimum"], 1);
    assert_eq!(ping.definition.parameters["properties"], json!({}));
}

#[test]
fn derived_tools_are_registered() {
    let found = registered_tools().group("derived");
    let names: Vec<_> = found.into_iter().map(|tool| tool.spec().name().to_owned()).collect();
    assert_eq!(names, ["book_table"]);
}
