//! Toolsets and dynamic tools.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use callsign::model::{Content, Part};
use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::tool::{Arguments, DynamicTool, Extensions, ToolOutput, ToolSpec};
use callsign::{Agent, Context, Reply, Tool, ToolError, Toolset, data, tool, tools};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Returns a tool whose result has its original name and the name in the call.
fn named(name: &str) -> DynamicTool {
    let original = name.to_owned();
    DynamicTool::new(
        name,
        "Does it.",
        json!({"type": "object"}),
        move |context: Context, _: Value| {
            let original = original.clone();
            async move { Ok(format!("{original} as {}", context.tool())) }
        },
    )
}

fn set<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Toolset {
    names.into_iter().fold(Toolset::default(), |set, name| set.with(named(name.as_ref())))
}

#[track_caller]
fn check(set: &Toolset, expected: &[&str]) {
    assert_eq!(set.names().collect::<Vec<_>>(), expected);
    assert_eq!((set.len(), set.is_empty()), (expected.len(), expected.is_empty()));
}

#[track_caller]
fn check_error(set: Result<Toolset, callsign::Error>, expected: &str) {
    let error = set.unwrap_err();
    assert!(error.is_configuration());
    assert_eq!(error.to_string(), expected);
}

/// Calls the tool directly, without an agent.
async fn call(set: Toolset, name: &str, arguments: &str) -> Result<ToolOutput, ToolError> {
    let tool = set.into_iter().find(|tool| tool.spec().name() == name).unwrap();
    tool.call(Context::detached(Extensions::default()), Arguments::new(arguments)).await
}

#[test]
fn tools_keep_their_order() {
    let tools = set(["c", "a"]).merge(set(["b"])).with(named("d"));
    check(&tools, &["c", "a", "b", "d"]);
    check(&tools.clone().only(["b", "c"]).unwrap(), &["c", "b"]);
    check(&tools.clone().without(["a", "a"]).unwrap(), &["c", "b", "d"]);
    check(&tools.clone().filter(|spec| spec.name() > "b"), &["c", "d"]);
    check(&tools.clone().rename("a", "z").unwrap(), &["c", "z", "b", "d"]);
    check(&tools.clone().prefix("x_"), &["x_c", "x_a", "x_b", "x_d"]);
    let again: Toolset = tools.clone().into_iter().collect();
    check(&again, &["c", "a", "b", "d"]);
    check(&Toolset::from(tools.into_iter().collect::<Vec<_>>()), &["c", "a", "b", "d"]);
    check(&Toolset::default(), &[]);
    assert_eq!(format!("{:?}", set(["a", "b"])), r#"Toolset ["a", "b"]"#);
}

#[test]
fn unknown_names_are_errors() {
    let known = "its tools are `a`, `b`";
    check_error(set(["a", "b"]).only(["a", "c"]), &format!("the toolset has no tool `c`: {known}"));
    check_error(set(["a", "b"]).without(["c"]), &format!("the toolset has no tool `c`: {known}"));
    check_error(set(["a", "b"]).rename("c", "d"), &format!("the toolset has no tool `c`: {known}"));
    check_error(Toolset::default().only(["a"]), "the toolset has no tool `a`: it is empty");
}

#[test]
fn rename_rejects_taken_and_invalid_names() {
    let taken = "cannot rename `a` to `b`: the toolset already has a tool `b`";
    check_error(set(["a", "b"]).rename("a", "b"), taken);
    let rule = "providers accept 1 to 64 of A-Z, a-z, 0-9, `_` and `-`";
    check_error(set(["a"]).rename("a", "ä"), &format!("invalid tool name `ä`: {rule}"));
    check(&set(["a"]).rename("a", "a").unwrap(), &["a"]);
}

#[test]
fn invalid_names_get_valid_wire_names() {
    let longest = "x".repeat(64);
    for (given, expected) in [
        ("math_factorial-2", "math_factorial-2"),
        ("math.factorial", "math_factorial"),
        ("files/read file", "files_read_file"),
        ("größe", "gr__e"),
        ("天气", "__"),
        ("", "unnamed"),
        (longest.as_str(), &longest),
        (&format!("{longest}y"), &format!("{}_3400e071", &longest[..55])),
    ] {
        let tool = named(given);
        let spec = tool.spec();
        assert_eq!(spec.name(), expected);
        assert_eq!(spec.original_name.as_deref(), (given != expected).then_some(given));
        let tools = Toolset::default().with(tool);
        assert_eq!(tools.find_original(given).unwrap().name(), expected);
    }
}

#[test]
fn originals_with_equal_wire_names_get_suffixes() {
    let tools = set(["a.b", "a_b", "a/b", "c.d"]);
    check(&tools, &["a_b_e27bcb35", "a_b", "a_b_e2480c78", "c_d"]);
    // Neither the order nor the set of a tool matters.
    check(
        &set(["a/b", "c.d"]).merge(set(["a.b", "a_b"])),
        &["a_b_e2480c78", "c_d", "a_b_e27bcb35", "a_b"],
    );
    // Tools are found by either name. Without a conflict they lose the suffix.
    assert_eq!(tools.find_original("a/b").unwrap().name(), "a_b_e2480c78");
    check(&tools.clone().only(["a.b"]).unwrap(), &["a_b"]);
    check(&tools.clone().only(["a_b_e27bcb35"]).unwrap(), &["a_b"]);
    check(&tools.without(["a_b"]).unwrap(), &["a_b_e27bcb35", "a_b_e2480c78", "c_d"]);
    // Truncated names get suffixes too.
    let long = |end| format!("{}{end}", "x".repeat(64));
    let tools = set([long("1"), long("2")]);
    let kept = "x".repeat(55);
    check(&tools, &[&format!("{kept}_341f95d9"), &format!("{kept}_341f9030")]);
}

#[test]
fn prefixed_names_are_valid_wire_names() {
    let tools = set(["book", "math.factorial"]).prefix("ho.tels.");
    check(&tools, &["ho_tels_book", "ho_tels_math_factorial"]);
    assert_eq!(tools.find_original("ho.tels.book").unwrap().name(), "ho_tels_book");
    let found = tools.find_original("math.factorial").unwrap();
    assert_eq!(
        found.name(),
        "ho_tels_math_factorial",
        "a prefix does not change the original name"
    );
    let long = "x".repeat(60);
    let tools = set(["book", "books"]).prefix(&long);
    assert!(tools.names().all(|name| name.len() == 64 && name.starts_with(&long[..55])));
    assert_eq!(tools.names().collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn two_tools_with_one_name_are_an_error() {
    for twice in [["a", "a"], ["a.b", "a.b"]] {
        let error = Agent::builder(ScriptedModel::new([])).tools(set(twice)).build().unwrap_err();
        let expected = format!("two tools are named `{}` ", twice[0].replace('.', "_"));
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn map_spec_changes_every_spec() {
    let tools = set(["a"]).with_group("g").require_approval().merge(set(["b"]));
    let tools = tools.map_spec(|spec| spec.read_only = spec.name() == "b");
    let flags = tools.specs().map(|spec| (&*spec.group, spec.approval, spec.read_only));
    assert_eq!(flags.collect::<Vec<_>>(), [("g", true, false), ("", false, true)]);
}

struct Admin;
struct Night;

#[test]
fn enabled_if_predicates_are_combined() {
    let tools = set(["a"]).enabled_if(|run| run.context::<Admin>().is_some()).merge(set(["b"]));
    let tools = tools.enabled_if(|run| run.context::<Night>().is_some()).with(named("c"));
    let enabled = |values: Extensions| {
        let context = Context::detached_with(Extensions::default(), values);
        let is_enabled = |tool: &&ToolSpec| {
            tool.enabled_if.as_ref().is_none_or(|when| when.holds(context.run()))
        };
        tools.specs().filter(is_enabled).map(|spec| spec.name().to_owned()).collect::<String>()
    };
    assert_eq!(enabled(Extensions::default()), "c");
    assert_eq!(enabled(Extensions::default().with(Arc::new(Admin))), "c");
    assert_eq!(enabled(Extensions::default().with(Arc::new(Night))), "bc");
    assert_eq!(enabled(Extensions::default().with(Arc::new(Admin)).with(Arc::new(Night))), "abc");
}

#[tokio::test]
async fn disabled_tools_are_hidden_from_the_model() {
    let call = |name| ScriptedReply::call(name, json!({}));
    let script = [call("a"), ScriptedReply::text("No."), call("a"), ScriptedReply::text("Yes.")];
    let model = ScriptedModel::new(script);
    let tools = set(["a"]).enabled_if(|run| run.context::<Admin>().is_some()).merge(set(["b"]));
    let agent = Agent::builder(model.clone()).tools(tools).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(&reply), ["There is no tool `a`. The tools are: `b`."]);
    let reply = agent.run("Go.").context(Admin).await.unwrap();
    assert_eq!(results(&reply), ["a as a"]);
    let counts = model.requests().into_iter().map(|request| request.tools.len());
    assert_eq!(counts.collect::<Vec<_>>(), [1, 1, 2, 2]);
}

#[tokio::test]
async fn results_are_truncated_to_max_result_bytes() {
    let script = [ScriptedReply::call("list", json!({})), ScriptedReply::text("Done.")];
    let list = DynamicTool::new("list", "Lists.", json!({"type": "object"}), |_, _| async {
        Ok((1..=1000).collect::<Vec<_>>())
    });
    let list = list.map_spec(|spec| spec.max_result_bytes = Some(20));
    let agent = Agent::builder(ScriptedModel::new(script)).tool(list).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let expected = r#"[1,2,3,4,5,6,7,8,9,"[truncated: 9 of 1,000 elements shown; request less]"]"#;
    assert_eq!(results(&reply), [expected]);
}

/// Returns the texts of the tool results.
fn results(reply: &Reply) -> Vec<String> {
    let results = reply.messages().iter().filter(|message| message.role() == "tool");
    results.map(|message| message.text().into_owned()).collect()
}

/// Returns its name.
#[tool]
async fn plain(context: &Context) -> String {
    format!("plain as {}", context.tool())
}

#[tokio::test]
async fn the_model_calls_tools_by_their_wire_names() {
    let model = ScriptedModel::new([
        ScriptedReply::call("simple", json!({}))
            .and_call("x_a_b", json!({}))
            .and_call("a_b", json!({}))
            .and_call("a_b_e2480c78", json!({}))
            .and_call("plain", json!({})),
        ScriptedReply::text("Done."),
    ]);
    let others = set(["a.b"]).prefix("x_").merge(set(["a/b"]));
    let tools = tools![plain].rename("plain", "simple").unwrap().merge(others);
    // The agent resolves conflicts between its toolsets.
    let agent = Agent::builder(model.clone()).tools(tools).tools(set(["a_b"])).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let requests = model.requests();
    let names = requests[0].tools.iter().map(|tool| &*tool.name);
    assert_eq!(names.collect::<Vec<_>>(), ["simple", "x_a_b", "a_b_e2480c78", "a_b"]);
    let unknown =
        "There is no tool `plain`. The tools are: `simple`, `x_a_b`, `a_b_e2480c78`, `a_b`.";
    let expected =
        ["plain as simple", "a.b as x_a_b", "a_b as a_b", "a/b as a_b_e2480c78", unknown];
    assert_eq!(results(&reply), expected);
}

/// The arguments of a sum.
#[data]
struct Sum {
    /// The numbers to add.
    numbers: Vec<i64>,
    #[serde(default)]
    negate: bool,
}

fn add() -> DynamicTool {
    DynamicTool::from_fn("add", "Adds numbers.", |_, sum: Sum| async move {
        let total = sum.numbers.iter().sum::<i64>();
        Ok(if sum.negate { -total } else { total })
    })
}

#[tokio::test]
async fn from_fn_derives_the_schema_of_the_arguments() {
    let tool = add();
    let expected = json!({
        "type": "object",
        "properties": {
            "numbers": {
                "description": "The numbers to add.",
                "type": "array",
                "items": { "type": "integer" },
            },
            "negate": { "type": "boolean", "default": false },
        },
        "required": ["numbers"],
        "additionalProperties": false,
    });
    assert_eq!(*tool.spec().definition.parameters, expected);
    let tools = Toolset::default().with(tool);
    let output = call(tools.clone(), "add", r#"{"numbers": [1, 2], "negate": true}"#).await;
    assert_eq!(output.unwrap().content.text(), "-3");
    let error = call(tools, "add", r#"{"numbers": [1, "2"]}"#).await.unwrap_err();
    assert!(error.is_retry());
    assert!(error.message().starts_with("`numbers[1]`: invalid type"), "{error:?}");
}

#[tokio::test]
async fn closures_support_the_return_types_of_functions() {
    fn returning<R>(value: R) -> Toolset
    where
        R: callsign::__private::IntoOutput + Clone + Send + Sync + 'static,
    {
        let function = move |_: Context, _: Value| {
            let value = value.clone();
            async move { Ok(value) }
        };
        Toolset::default().with(DynamicTool::new("t", "", json!({"type": "object"}), function))
    }
    let text = |output: Result<ToolOutput, ToolError>| output.unwrap().content.text().into_owned();
    assert_eq!(text(call(returning("unchanged"), "t", "{}").await), "unchanged");
    assert_eq!(text(call(returning(json!({"a": [1]})), "t", "{}").await), r#"{"a":[1]}"#);
    assert_eq!(text(call(returning(()), "t", "{}").await), "done");
    let parts = vec![Part::image_url("https://x.test/y.png")];
    let output = ToolOutput::new(parts.clone());
    assert_eq!(call(returning(output.clone()), "t", "{}").await.unwrap(), output);
    assert_eq!(call(returning(parts[0].clone()), "t", "{}").await.unwrap(), output);
    assert_eq!(call(returning(Content::Parts(parts.clone())), "t", "{}").await.unwrap(), output);
    assert_eq!(call(returning(parts), "t", "{}").await.unwrap(), output);

    let failing = |_: Context, _: Value| async {
        Err::<String, _>(std::io::Error::other("the disk is full").into())
    };
    let failing = DynamicTool::new("t", "", json!({"type": "object"}), failing);
    let error = call(Toolset::default().with(failing), "t", "{}").await.unwrap_err();
    assert!(error.is_private(), "`?` converts to a private error");
}

#[test]
fn dynamic_tools_have_settings() {
    let tool = add().read_only().idempotent().require_approval().timeout(Duration::from_secs(3));
    let tool = tool.map_spec(|spec| spec.max_result_bytes = Some(10));
    let spec = tool.spec();
    assert!(spec.read_only && spec.idempotent && spec.approval);
    assert_eq!((spec.timeout, spec.max_result_bytes), (Some(Duration::from_secs(3)), Some(10)));
    assert!(format!("{tool:?}").starts_with("DynamicTool { spec: ToolSpec"));
    // Some providers reject an object schema without `properties`.
    assert_eq!(named("a").spec().definition.parameters["properties"], json!({}));
}

#[test]
fn invalid_schemas_are_rejected_at_build() {
    let build = |schema: Value, is_lenient: bool| {
        let tool = DynamicTool::new("odd.one", "", schema, |_: Context, _: Value| async { Ok("") });
        let tool = tool.map_spec(|spec| spec.lenient_schema = is_lenient);
        Agent::builder(ScriptedModel::new([])).tool(tool).build()
    };
    let (objekt, dict) = (
        json!({"type": "objekt"}),
        json!({"type": "object", "properties": {"a": {"type": "dict"}}}),
    );
    for (schema, is_lenient, expected) in [
        (&objekt, true, "it must describe an object (`\"type\": \"object\"`)"),
        (&objekt, false, "it must describe an object (`\"type\": \"object\"`)"),
        (&dict, false, "`properties.a.type`: expected one of"),
    ] {
        let error = build(schema.clone(), is_lenient).unwrap_err();
        assert!(error.to_string().contains("the schema of the tool `odd_one` is not valid"));
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(build(dict, true).is_ok(), "the schema was written elsewhere");
}

/// Generates names that often have equal wire names.
fn any_names() -> impl Strategy<Value = BTreeSet<String>> {
    let name = prop_oneof![
        3 => "[ab._/]{0,3}",
        1 => "\\PC{0,80}",
        1 => "x{60,70}[ab._]{0,2}",
        1 => "a_b(_e27bcb35|_e2480c78)?",
    ];
    prop::collection::btree_set(name, 0..30)
}

proptest! {
    #[test]
    fn no_two_originals_share_a_wire_name(
        (names, shuffled) in any_names().prop_flat_map(|names| {
            let shuffled = Just(names.iter().cloned().collect::<Vec<_>>()).prop_shuffle();
            (Just(names), shuffled)
        }),
        prefix in prop_oneof![Just(String::new()), "[a._]{1,12}"],
    ) {
        let tools = set(&names);
        let mut by_wire_name = BTreeMap::new();
        for (spec, original) in tools.specs().zip(&names) {
            let name = spec.name();
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            prop_assert!((1..=64).contains(&name.len()) && name.chars().all(allowed), "{name}");
            prop_assert!(by_wire_name.insert(name.to_owned(), original).is_none(), "two are {name}");
            // The original name is found again.
            prop_assert_eq!(tools.find_original(original).unwrap().name(), name);
            prop_assert_eq!(spec.original_name.as_deref().unwrap_or(name), original.as_str());
        }
        // The wire names depend neither on the order nor on the sets.
        for spec in set(&shuffled).specs() {
            let original = spec.original_name.as_deref().unwrap_or(spec.name());
            prop_assert_eq!(by_wire_name[spec.name()].as_str(), original);
        }
        let prefixed = tools.clone().prefix(&prefix);
        let distinct: BTreeSet<_> = prefixed.names().collect();
        prop_assert_eq!(distinct.len(), names.len(), "a prefix keeps them apart");
        let (some, others) = shuffled.split_at(shuffled.len() / 2);
        let agent = Agent::builder(ScriptedModel::new([])).tools(set(some)).tools(set(others));
        prop_assert!(agent.build().is_ok(), "an agent takes all of them");
    }
}

/// Returns yes.
#[tool]
fn yes() -> &'static str {
    "yes"
}

/// Returns no.
#[tool]
fn no() -> &'static str {
    "no"
}

#[tokio::test]
async fn toolsets_support_indexing_and_iteration() {
    let tools = tools![yes, no];
    assert_eq!((tools.len(), tools[1].spec().name()), (2, "no"));
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name()).collect();
    assert_eq!(names, ["yes", "no"]);
    let mut count = 0;
    for tool in &tools {
        count += usize::from(!tool.spec().read_only);
    }
    assert_eq!(count, 2);
    let changed = tools.prefix("say_").filter(|spec| spec.name() != "say_no").with_group("a");
    assert_eq!(changed.names().collect::<Vec<_>>(), ["say_yes"]);
    let changed: Vec<Arc<dyn Tool>> = changed.into();
    let output = changed[0].call(Context::detached(Default::default()), Arguments::new("{}"));
    assert_eq!(output.await.unwrap().content.text(), "yes");
    assert!(tools![].is_empty());
    let definition = serde_json::to_value(&tools![yes][0].spec().definition).unwrap();
    assert_eq!(definition["description"], "Returns yes.");
    assert_eq!(definition.get("strict"), None);
}
