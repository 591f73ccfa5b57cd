//! What `#[tool(…)]` and the doc comment say.

use std::time::Duration;

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

#[doc = "Says it"]
#[doc(alias = "told")]
#[doc = concat!("in ", "pieces.")]
#[tool()]
fn pieces() {}

#[doc = include_str!("description.md")]
#[tool(timeout = "2m")]
fn included() {}

/** Says it
in a block. */
#[tool(timeout = "30s")]
fn block() {}

#[test]
fn settings_are_in_the_spec() {
    let tools = tools![find_flight, plain, included, block];
    let [find_flight, plain, included, block] = &tools[..] else { panic!("four tools") };
    let spec = find_flight.spec();
    assert_eq!(spec.name(), "find-flight");
    assert!(spec.idempotent && spec.read_only && spec.is_repeatable());
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
fn the_doc_comment_is_the_description() {
    let check = |tool: &std::sync::Arc<dyn callsign::Tool>, text| {
        assert_eq!(&*tool.spec().definition.description, text);
    };
    let tools = tools![find_flight, pieces, included, block];
    check(&tools[0], "Finds a flight.\n\nIt costs nothing, and\nchanges nothing.");
    check(&tools[1], "Says it\nin pieces.");
    check(&tools[2], "Comes from a file.\n\n- With a list.");
    check(&tools[3], "Says it\nin a block.");
}
