//! Sets of tools, and tools that are made while the program runs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use callsign::{
    Agent, Arguments, Content, Context, DynamicTool, Part, Reply, Scripted, ScriptedModel, States,
    Tool, ToolError, ToolOutput, Toolset, data, tool, tools,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A tool that answers with the name that it was given here and the name that it was called by.
fn named(name: &str) -> DynamicTool {
    let given = name.to_owned();
    DynamicTool::new(
        name,
        "Does it.",
        json!({"type": "object"}),
        move |context: Context, _: Value| {
            let given = given.clone();
            async move { Ok(format!("{given} as {}", context.tool())) }
        },
    )
}

fn set<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Toolset {
    names.into_iter().fold(Toolset::new(), |set, name| set.with(named(name.as_ref())))
}

#[track_caller]
fn check(set: &Toolset, expected: &[&str]) {
    assert_eq!(set.names().collect::<Vec<_>>(), expected);
    assert_eq!((set.len(), set.is_empty()), (expected.len(), expected.is_empty()));
}

#[track_caller]
fn refused(set: Result<Toolset, callsign::Error>, expected: &str) {
    let error = set.unwrap_err();
    assert!(error.is_configuration());
    assert_eq!(error.to_string(), expected);
}

/// What the tool of this name answers, without an agent.
async fn answer(set: Toolset, name: &str, arguments: &str) -> Result<ToolOutput, ToolError> {
    let tool = set.into_iter().find(|tool| tool.spec().name() == name).unwrap();
    tool.call(Context::detached(States::default()), Arguments::new(arguments)).await
}

#[test]
fn tools_stay_in_the_order_in_which_they_came() {
    let tools = set(["c", "a"]).and(set(["b"])).with(named("d"));
    check(&tools, &["c", "a", "b", "d"]);
    check(&tools.clone().only(["b", "c"]).unwrap(), &["c", "b"]);
    check(&tools.clone().without(["a", "a"]).unwrap(), &["c", "b", "d"]);
    check(&tools.clone().filter(|spec| spec.name() > "b"), &["c", "d"]);
    check(&tools.clone().rename("a", "z").unwrap(), &["c", "z", "b", "d"]);
    check(&tools.clone().prefix("x_"), &["x_c", "x_a", "x_b", "x_d"]);
    let again: Toolset = tools.clone().into_iter().collect();
    check(&again, &["c", "a", "b", "d"]);
    check(&Toolset::from(tools.into_iter().collect::<Vec<_>>()), &["c", "a", "b", "d"]);
    check(&Toolset::new(), &[]);
    assert_eq!(format!("{:?}", set(["a", "b"])), r#"Toolset ["a", "b"]"#);
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let there = "its tools are `a`, `b`";
    refused(set(["a", "b"]).only(["a", "c"]), &format!("the toolset has no tool `c`: {there}"));
    refused(set(["a", "b"]).without(["c"]), &format!("the toolset has no tool `c`: {there}"));
    refused(set(["a", "b"]).rename("c", "d"), &format!("the toolset has no tool `c`: {there}"));
    refused(Toolset::new().only(["a"]), "the toolset has no tool `a`, and no other tool either");
}

#[test]
fn a_new_name_has_to_be_free_and_one_that_services_take() {
    let taken = "`a` can't be renamed to `b`: the toolset has a tool `b` already";
    refused(set(["a", "b"]).rename("a", "b"), taken);
    let rule = "services take 1 to 64 of A-Z, a-z, 0-9, `_` and `-`";
    refused(set(["a"]).rename("a", "ä"), &format!("`ä` can't be a tool's name: {rule}"));
    check(&set(["a"]).rename("a", "a").unwrap(), &["a"]);
}

#[test]
fn names_from_elsewhere_have_others_that_stand_in() {
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
        let tools = Toolset::new().with(tool);
        assert_eq!(tools.find_original(given).unwrap().name(), expected);
    }
}

#[test]
fn originals_that_come_to_one_name_are_told_apart() {
    let tools = set(["a.b", "a_b", "a/b", "c.d"]);
    check(&tools, &["a_b_e27bcb35", "a_b", "a_b_e2480c78", "c_d"]);
    // The order does not matter, nor in which set they came.
    check(
        &set(["a/b", "c.d"]).and(set(["a.b", "a_b"])),
        &["a_b_e2480c78", "c_d", "a_b_e27bcb35", "a_b"],
    );
    // They are found by either name, and have it only as long as there is a need.
    assert_eq!(tools.find_original("a/b").unwrap().name(), "a_b_e2480c78");
    check(&tools.clone().only(["a.b"]).unwrap(), &["a_b"]);
    check(&tools.clone().only(["a_b_e27bcb35"]).unwrap(), &["a_b"]);
    check(&tools.without(["a_b"]).unwrap(), &["a_b_e27bcb35", "a_b_e2480c78", "c_d"]);
    // What is cut as well.
    let long = |end| format!("{}{end}", "x".repeat(64));
    let tools = set([long("1"), long("2")]);
    let kept = "x".repeat(55);
    check(&tools, &[&format!("{kept}_341f95d9"), &format!("{kept}_341f9030")]);
}

#[test]
fn a_prefix_keeps_to_the_rule_as_well() {
    let tools = set(["book", "math.factorial"]).prefix("ho.tels.");
    check(&tools, &["ho_tels_book", "ho_tels_math_factorial"]);
    assert_eq!(tools.find_original("ho.tels.book").unwrap().name(), "ho_tels_book");
    let found = tools.find_original("math.factorial").unwrap();
    assert_eq!(found.name(), "ho_tels_math_factorial", "the original is still the server's");
    let long = "x".repeat(60);
    let tools = set(["book", "books"]).prefix(&long);
    assert!(tools.names().all(|name| name.len() == 64 && name.starts_with(&long[..55])));
    assert_eq!(tools.names().collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn two_tools_of_one_name_are_a_mistake() {
    for twice in [["a", "a"], ["a.b", "a.b"]] {
        let error = Agent::builder(ScriptedModel::new([])).tools(set(twice)).build().unwrap_err();
        let expected = format!("two tools are named `{}` ", twice[0].replace('.', "_"));
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn specs_are_changed_and_tools_are_not() {
    let tools = set(["a"]).with_group("g").with_approval().and(set(["b"]));
    let tools = tools.map_spec(|spec| spec.read_only = spec.name() == "b");
    let flags = tools.specs().map(|spec| (&*spec.group, spec.approval, spec.read_only));
    assert_eq!(flags.collect::<Vec<_>>(), [("g", true, false), ("", false, true)]);
}

struct Admin;
struct Night;

#[test]
fn predicates_add_up() {
    let tools = set(["a"]).when(|run| run.given::<Admin>().is_some()).and(set(["b"]));
    let tools = tools.when(|run| run.given::<Night>().is_some()).with(named("c"));
    let shown = |given: States| {
        let context = Context::detached_with(States::default(), given);
        let holds = |tool: &&callsign::ToolSpec| {
            tool.when.as_ref().is_none_or(|when| when.holds(context.run()))
        };
        tools.specs().filter(holds).map(|spec| spec.name().to_owned()).collect::<String>()
    };
    assert_eq!(shown(States::default()), "c");
    assert_eq!(shown(States::default().with(Arc::new(Admin))), "c");
    assert_eq!(shown(States::default().with(Arc::new(Night))), "bc");
    assert_eq!(shown(States::default().with(Arc::new(Admin)).with(Arc::new(Night))), "abc");
}

#[tokio::test]
async fn the_model_sees_a_tool_only_in_its_runs() {
    let call = |name| Scripted::call(name, json!({}));
    let script = [call("a"), Scripted::text("No."), call("a"), Scripted::text("Yes.")];
    let model = ScriptedModel::new(script);
    let tools = set(["a"]).when(|run| run.given::<Admin>().is_some()).and(set(["b"]));
    let agent = Agent::builder(model.clone()).tools(tools).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(heard(&reply), ["There is no tool `a`. The tools are: `b`."]);
    let reply = agent.run("Go.").with(Admin).await.unwrap();
    assert_eq!(heard(&reply), ["a as a"]);
    let shown = model.requests().into_iter().map(|request| request.tools.len());
    assert_eq!(shown.collect::<Vec<_>>(), [1, 1, 2, 2]);
}

#[tokio::test]
async fn the_model_sees_so_much_of_a_result_as_the_spec_says() {
    let script = [Scripted::call("list", json!({})), Scripted::text("Done.")];
    let list = DynamicTool::new("list", "Lists.", json!({"type": "object"}), |_, _| async {
        Ok((1..=1000).collect::<Vec<_>>())
    });
    let list = list.map_spec(|spec| spec.max_result_bytes = Some(20));
    let agent = Agent::builder(ScriptedModel::new(script)).tool(list).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let expected = r#"[1,2,3,4,5,6,7,8,9,"[cut: 9 of 1,000 elements shown; ask for less]"]"#;
    assert_eq!(heard(&reply), [expected]);
}

/// What the model heard of its calls.
fn heard(reply: &Reply) -> Vec<String> {
    let results = reply.messages().iter().filter(|message| message.role() == "tool");
    results.map(|message| message.text().into_owned()).collect()
}

/// Says its name.
#[tool]
async fn plain(context: &Context) -> String {
    format!("plain as {}", context.tool())
}

#[tokio::test]
async fn the_model_calls_tools_by_the_names_that_it_knows() {
    let model = ScriptedModel::new([
        Scripted::call("simple", json!({}))
            .and_call("x_a_b", json!({}))
            .and_call("a_b", json!({}))
            .and_call("a_b_e2480c78", json!({}))
            .and_call("plain", json!({})),
        Scripted::text("Done."),
    ]);
    let from_elsewhere = set(["a.b"]).prefix("x_").and(set(["a/b"]));
    let tools = tools![plain].rename("plain", "simple").unwrap().and(from_elsewhere);
    // The agent tells apart what comes from several sets.
    let agent = Agent::builder(model.clone()).tools(tools).tools(set(["a_b"])).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let requests = model.requests();
    let shown = requests[0].tools.iter().map(|tool| &*tool.name);
    assert_eq!(shown.collect::<Vec<_>>(), ["simple", "x_a_b", "a_b_e2480c78", "a_b"]);
    let unknown =
        "There is no tool `plain`. The tools are: `simple`, `x_a_b`, `a_b_e2480c78`, `a_b`.";
    let expected =
        ["plain as simple", "a.b as x_a_b", "a_b as a_b", "a/b as a_b_e2480c78", unknown];
    assert_eq!(heard(&reply), expected);
}

/// A sum to make.
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
async fn a_closure_has_the_schema_of_its_arguments() {
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
    let tools = Toolset::new().with(tool);
    let output = answer(tools.clone(), "add", r#"{"numbers": [1, 2], "negate": true}"#).await;
    assert_eq!(output.unwrap().content.text(), "-3");
    let error = answer(tools, "add", r#"{"numbers": [1, "2"]}"#).await.unwrap_err();
    assert!(error.is_retry());
    assert!(error.message().starts_with("`numbers[1]`: invalid type"), "{error:?}");
}

#[tokio::test]
async fn a_closure_returns_what_a_function_may() {
    fn giving<R>(value: R) -> Toolset
    where
        R: callsign::__private::IntoOutput + Clone + Send + Sync + 'static,
    {
        let function = move |_: Context, _: Value| {
            let value = value.clone();
            async move { Ok(value) }
        };
        Toolset::new().with(DynamicTool::new("t", "", json!({"type": "object"}), function))
    }
    let text = |output: Result<ToolOutput, ToolError>| output.unwrap().content.text().into_owned();
    assert_eq!(text(answer(giving("as it is"), "t", "{}").await), "as it is");
    assert_eq!(text(answer(giving(json!({"a": [1]})), "t", "{}").await), r#"{"a":[1]}"#);
    assert_eq!(text(answer(giving(()), "t", "{}").await), "done");
    let parts = vec![Part::image_url("https://x.test/y.png")];
    let output = ToolOutput::new(parts.clone());
    assert_eq!(answer(giving(output.clone()), "t", "{}").await.unwrap(), output);
    assert_eq!(answer(giving(parts[0].clone()), "t", "{}").await.unwrap(), output);
    assert_eq!(answer(giving(Content::Parts(parts.clone())), "t", "{}").await.unwrap(), output);
    assert_eq!(answer(giving(parts), "t", "{}").await.unwrap(), output);

    let failing = |_: Context, _: Value| async {
        Err::<String, _>(std::io::Error::other("the disk is full").into())
    };
    let failing = DynamicTool::new("t", "", json!({"type": "object"}), failing);
    let error = answer(Toolset::new().with(failing), "t", "{}").await.unwrap_err();
    assert!(error.is_private(), "`?` makes an error private");
}

#[test]
fn a_tool_made_at_run_time_has_settings() {
    let tool = add().read_only().idempotent().with_approval().timeout(Duration::from_secs(3));
    let tool = tool.map_spec(|spec| spec.max_result_bytes = Some(10));
    let spec = tool.spec();
    assert!(spec.read_only && spec.idempotent && spec.approval);
    assert_eq!((spec.timeout, spec.max_result_bytes), (Some(Duration::from_secs(3)), Some(10)));
    assert!(format!("{tool:?}").starts_with("DynamicTool { spec: ToolSpec"));
    // Some services refuse an object that does not say that it has no properties.
    assert_eq!(named("a").spec().definition.parameters["properties"], json!({}));
}

#[test]
fn a_schema_that_is_none_is_found_when_the_agent_is_built() {
    for (schema, expected) in [
        (json!({"type": "objekt"}), "its arguments have to be an object (`\"type\": \"object\"`)"),
        (json!({"type": "object", "properties": {"a": {"type": "dict"}}}), "is not valid"),
    ] {
        let tool = DynamicTool::new("odd.one", "", schema, |_: Context, _: Value| async { Ok("") });
        let error = Agent::builder(ScriptedModel::new([])).tool(tool).build().unwrap_err();
        assert!(error.to_string().contains("the schema of the tool `odd_one` is not valid"));
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Names that often come to the same.
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
    fn no_two_originals_share_a_name(
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
            // There and back.
            prop_assert_eq!(tools.find_original(original).unwrap().name(), name);
            prop_assert_eq!(spec.original_name.as_deref().unwrap_or(name), original.as_str());
        }
        // Whatever the order, and in an agent of them all.
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

/// Says yes.
#[tool]
fn yes() -> &'static str {
    "yes"
}

/// Says no.
#[tool]
fn no() -> &'static str {
    "no"
}

#[tokio::test]
async fn what_is_named_can_be_changed_and_looked_at_like_a_list() {
    let tools = tools![yes, no];
    assert_eq!((tools.len(), tools[1].spec().name()), (2, "no"));
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name()).collect();
    assert_eq!(names, ["yes", "no"]);
    let mut seen = 0;
    for tool in &tools {
        seen += usize::from(!tool.spec().read_only);
    }
    assert_eq!(seen, 2);
    let changed = tools.prefix("say_").filter(|spec| spec.name() != "say_no").with_group("a");
    assert_eq!(changed.names().collect::<Vec<_>>(), ["say_yes"]);
    let changed: Vec<Arc<dyn Tool>> = changed.into();
    let output = changed[0].call(Context::detached(Default::default()), Arguments::new("{}"));
    assert_eq!(output.await.unwrap().content.text(), "yes");
    assert!(tools![].is_empty());
    let definition = serde_json::to_value(&tools![yes][0].spec().definition).unwrap();
    assert_eq!(definition["description"], "Says yes.");
    assert_eq!(definition.get("strict"), None);
}
