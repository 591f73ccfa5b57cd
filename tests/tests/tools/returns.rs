//! Return types of tools, and the results that the model receives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use callsign::tool::ToolOutput;
use callsign::{ToolError, data, tool, tools};

use crate::call;

/// A flight.
#[data]
struct Flight {
    number: String,
}

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
    some: Option<String> = Some("a".into()) => "\"a\"";
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
