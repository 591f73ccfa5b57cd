//! The registry of all tools of the program.

use callsign::tool;
use callsign::tool::registered_tools;

mod b {
    /// The second by its module.
    #[callsign::tool(group = "registry")]
    fn a() {}
}

mod a {
    /// The last of its module.
    #[callsign::tool(group = "registry")]
    fn z() {}

    /// The first by its name in the spec.
    #[callsign::tool(group = "registry", name = "a")]
    fn zz() {}
}

/// Has another group.
#[tool(group = "registry, too")]
fn other() {}

/// Has no group.
#[tool]
fn none() {}

#[test]
fn registered_tools_are_sorted_by_module_and_name() {
    let tools = registered_tools().group("registry");
    assert_eq!(tools.len(), 3);
    let descriptions: Vec<_> =
        tools.into_iter().map(|tool| tool.spec().definition.description.to_string()).collect();
    assert_eq!(
        descriptions,
        [
            "The first by its name in the spec.",
            "The last of its module.",
            "The second by its module.",
        ]
    );
}

#[test]
fn registered_tools_are_filtered() {
    assert!(registered_tools().len() > 4);
    assert_eq!(registered_tools().group("registry, too").len(), 1);
    assert!(registered_tools().group("no such group").is_empty());
    assert_eq!(registered_tools().in_crate("tools").len(), registered_tools().len());
    assert!(registered_tools().in_crate("tool").is_empty());
}
