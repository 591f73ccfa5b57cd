//! Return types of tools, and the results that the model receives.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use callsign::prelude::{Content, Part};
use callsign::tool::{DynamicTool, ToolOutput};
use callsign::{Context, Tool, ToolError, data, tool, tools};

use crate::call;

/// A flight.
#[data]
struct Flight {
    number: String,
}

/// A cabin.
#[data]
enum Cabin {
    FirstClass,
    #[allow(dead_code)]
    Other(String),
}

/// The number of a flight.
#[data]
struct Number(String);

type Answer<T> = Result<T, ToolError>;

macro_rules! returns {
    ($($name:ident: $ty:ty = $value:expr => $expected:expr;)*) => {
        $(
            /// Returns a value.
            #[tool]
            async fn $name() -> $ty {
                $value
            }
        )*

        #[tokio::test]
        async fn every_return_type_becomes_a_result() {
            $(
                let result = call(&tools![$name][0], "{}").await.unwrap();
                assert_eq!(result, $expected, stringify!($name));
            )*
        }
    };
}

returns! {
    text: String = "a \"b\"".to_owned() => "a \"b\"";
    fixed_text: &'static str = "a" => "a";
    shared_text: Cow<'static, str> = "a".into() => "a";
    boxed_text: Box<str> = "a".into() => "a";
    nothing: () = () => "done";
    number: u32 = 3 => "3";
    yes: bool = true => "true";
    none: Option<String> = None => "null";
    some: Option<String> = Some("a \"b\"\n".into()) => "a \"b\"\n";
    some_fixed_text: Option<&'static str> = Some("a") => "a";
    some_shared_text: Option<Cow<'static, str>> = Some("a".into()) => "a";
    some_boxed_text: Option<Box<str>> = Some("a".into()) => "a";
    nested_options: Option<Option<String>> = Some(Some("a".into())) => "a";
    boxed_string: Box<String> = Box::new("a".into()) => "a";
    letter: char = 'ä' => "ä";
    path: PathBuf = PathBuf::from("a/b") => "a/b";
    variant: Cabin = Cabin::FirstClass => "FirstClass";
    wrapped: Number = Number("DL 1".into()) => "DL 1";
    json_text: serde_json::Value = serde_json::json!("a \"b\"") => "a \"b\"";
    some_content: Option<Content> = Some("a".into()) => "a";
    some_part: Option<Part> = Some(Part::text("a")) => "a";
    some_parts: Option<Vec<Part>> = Some(vec![Part::text("a")]) => "a";
    no_part: Option<Part> = None => "null";
    texts: Vec<String> = vec!["a".into()] => r#"["a"]"#;
    some_number: Option<u32> = Some(3) => "3";
    some_data: Option<Flight> = Some(Flight { number: "a".into() }) => r#"{"number":"a"}"#;
    some_result: Result<Option<String>, String> = Ok(Some("a".into())) => "a";
    list: Vec<u32> = vec![1, 2] => "[1,2]";
    map: BTreeMap<String, u32> = BTreeMap::from([("a".into(), 1)]) => r#"{"a":1}"#;
    pair: (u32, String) = (1, "a".into()) => r#"[1,"a"]"#;
    data: Flight = Flight { number: "DL 1".into() } => r#"{"number":"DL 1"}"#;
    json: serde_json::Value = serde_json::json!({"a": 1}) => r#"{"a":1}"#;
    output: ToolOutput = ToolOutput::new("unchanged") => "unchanged";
    result: Result<Flight, String> = Ok(Flight { number: "DL 1".into() }) => r#"{"number":"DL 1"}"#;
    text_result: Result<String, String> = Ok("a".into()) => "a";
    nothing_result: Result<(), ToolError> = Ok(()) => "done";
    output_result: Result<ToolOutput, ToolError> = Ok(ToolOutput::new("a")) => "a";
    alias: Answer<u32> = Ok(3) => "3";
    anyhow_alias: anyhow::Result<&'static str> = Ok("a") => "a";
    option_of_result: Option<Result<u32, String>> = Some(Ok(1)) => r#"{"Ok":1}"#;
}

/// Has no return type.
#[tool]
fn silent() {}

#[tokio::test]
async fn result_without_a_value_is_done() {
    assert_eq!(call(&tools![silent][0], "{}").await.unwrap(), "done");
}

#[tokio::test]
async fn closures_return_text_without_quotes() {
    let schema = serde_json::json!({"type": "object"});
    let tool = DynamicTool::new("name", "Returns a name.", schema, |_, _| async {
        Ok(Some("Ada".to_owned()))
    });
    let context = Context::detached(tool::Extensions::default());
    let output = tool.call(context, "{}".into()).await.unwrap();
    assert_eq!(output.content.text(), "Ada");
}
