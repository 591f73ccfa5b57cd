//! The inventory of all tools of the program.

use callsign::{registered_tools, tool};

mod b {
    /// The second by its module.
    #[callsign::tool(group = "registry")]
    fn a() {}
}

mod a {
    /// The last of its module.
    #[callsign::tool(group = "registry")]
    fn z() {}

    /// The first of all, by the name that the model sees.
    #[callsign::tool(group = "registry", name = "a")]
    fn zz() {}
}

/// Of another group.
#[tool(group = "registry, too")]
fn other() {}

/// Of no group.
#[tool]
fn none() {}

#[test]
fn tools_are_sorted_by_module_and_name() {
    let tools = registered_tools().group("registry");
    assert_eq!(tools.len(), 3);
    let descriptions: Vec<_> =
        tools.into_iter().map(|tool| tool.spec().definition.description.to_string()).collect();
    assert_eq!(
        descriptions,
        [
            "The first of all, by the name that the model sees.",
            "The last of its module.",
            "The second by its module.",
        ]
    );
}

#[test]
fn tools_are_filtered() {
    assert!(registered_tools().len() > 4);
    assert_eq!(registered_tools().group("registry, too").len(), 1);
    assert!(registered_tools().group("no such group").is_empty());
    assert_eq!(registered_tools().in_crate("tools").len(), registered_tools().len());
    assert!(registered_tools().in_crate("tool").is_empty());
}
