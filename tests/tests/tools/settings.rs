//! The attributes of `#[tool(…)]` and the description.

use std::time::Duration;

use callsign::tool::ErrorVisibility;
use callsign::{tool, tools};

/// Finds a flight.
///
/// It costs nothing, and
///   changes nothing.
#[tool(
    name = "find-flight",
    group = "settings",
    idempotent,
    read_only,
    timeout = "250ms",
    concurrency = 4
)]
fn find_flight() {}

/// Has no settings.
#[tool]
fn plain() {}

#[doc = "Has a description"]
#[doc(alias = "other")]
#[doc = concat!("in ", "pieces.")]
#[tool()]
fn pieces() {}

#[doc = include_str!("description.md")]
#[tool(timeout = "2m")]
fn included() {}

/** Has a description
in a block. */
#[tool(timeout = "30s")]
fn block() {}

#[test]
fn attributes_are_in_the_spec() {
    let tools = Vec::from(tools![find_flight, plain, included, block]);
    let [find_flight, plain, included, block] = &tools[..] else { panic!("four tools") };
    let spec = find_flight.spec();
    assert_eq!(spec.name(), "find-flight");
    assert!(spec.idempotent && spec.read_only && spec.is_repeatable());
    assert_eq!(&*spec.group, "settings");
    assert_eq!(spec.timeout, Some(Duration::from_millis(250)));
    assert_eq!(spec.concurrency, Some(4));
    let spec = plain.spec();
    assert_eq!(spec.name(), "plain");
    assert!(!spec.idempotent && !spec.read_only && !spec.is_repeatable());
    assert_eq!(spec.timeout, None);
    assert_eq!(spec.concurrency, None);
    assert_eq!(included.spec().timeout, Some(Duration::from_secs(120)));
    assert_eq!(block.spec().timeout, Some(Duration::from_secs(30)));
}

#[test]
fn doc_comment_is_the_description() {
    let check = |tool: &std::sync::Arc<dyn callsign::Tool>, text| {
        assert_eq!(&*tool.spec().definition.description, text);
    };
    let tools = tools![find_flight, pieces, included, block];
    check(&tools[0], "Finds a flight.\n\nIt costs nothing, and changes nothing.");
    check(&tools[1], "Has a description in pieces.");
    check(&tools[2], "Comes from a file.\n\n- With a list.");
    check(&tools[3], "Has a description in a block.");
}

/// Has the other attributes.
#[tool(
    approval,
    sequential,
    coerce,
    strict,
    errors = "private",
    max_result_bytes = 20_000,
    example = r#"{"city": "Porto"}"#,
    example = "{}"
)]
fn everything(city: Option<String>) -> Option<String> {
    city
}

/// Has attributes that disable.
#[tool(strict = false, errors = "visible", max_result_bytes = "64KiB", idempotent = false)]
fn disabled() {}

#[test]
fn the_other_attributes_are_in_the_spec() {
    let tools = Vec::from(tools![everything, disabled, plain]);
    let [everything, disabled, plain] = &tools[..] else { panic!("three tools") };
    let spec = everything.spec();
    assert!(spec.approval && spec.sequential && spec.coerce);
    assert_eq!(spec.definition.strict, Some(true));
    assert_eq!(spec.errors, Some(ErrorVisibility::Private));
    assert_eq!(spec.max_result_bytes, Some(20_000));
    let examples = serde_json::json!([{ "city": "Porto" }, {}]);
    assert_eq!(spec.definition.parameters["examples"], examples);
    assert!(!spec.idempotent && spec.group.is_empty());
    let spec = disabled.spec();
    assert_eq!(spec.definition.strict, Some(false));
    assert_eq!(spec.errors, Some(ErrorVisibility::Visible));
    assert_eq!(spec.max_result_bytes, Some(65_536));
    assert!(!spec.idempotent && !spec.approval && !spec.sequential && !spec.coerce);
    let spec = plain.spec();
    assert!(!spec.approval && !spec.sequential && !spec.coerce);
    assert_eq!(spec.definition.strict, None);
    assert_eq!(spec.errors, None);
    assert_eq!(spec.max_result_bytes, None);
    assert!(spec.definition.parameters.get("examples").is_none());
}
