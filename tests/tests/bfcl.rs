//! The functions and calls of the Berkeley Function Calling Leaderboard: every function becomes a
//! tool of an agent, every right call is run with its arguments, and every call that was made wrong
//! is refused with the path of what is wrong. What is right by a schema is judged by a validator
//! that is not Callsign's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it counted")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use callsign::{
    Agent, CallNumber, Context, DynamicTool, Limits, Message, Scripted, ScriptedModel, Toolset,
};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    id: String,
    functions: Vec<Function>,
    ground_truth: Vec<Call>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    description: String,
    parameters: Value,
}

#[derive(Clone, Deserialize)]
struct Call {
    name: String,
    arguments: Value,
    /// What a third validator found when the data were gathered.
    validates: bool,
}

/// A call that was right, made wrong in one place.
struct Mutant {
    call: Call,
    kind: Kind,
    /// The JSON pointer of that place.
    pointer: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Missing,
    WrongType,
    NotInEnum,
}

/// What the tools were called with.
type Seen = Arc<Mutex<BTreeMap<CallNumber, (String, Value)>>>;

/// What was counted.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    cases: usize,
    functions: usize,
    mapped: usize,
    run: usize,
    not_by_schema: usize,
    refused: BTreeMap<Kind, usize>,
}

#[tokio::test]
async fn every_function_is_a_tool_and_every_call_is_judged_rightly() {
    let Some(path) = shared("every_function_is_a_tool_and_every_call_is_judged_rightly") else {
        return;
    };
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let mut counts = Counts::default();
    let mut all: BTreeMap<String, DynamicTool> = BTreeMap::new();
    for line in lines {
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        check(&case, &mut counts).await;
        let seen = Seen::default();
        all.extend(case.functions.iter().map(|it| (it.name.clone(), tool(it, &seen))));
    }
    println!("{counts:?}");
    let refused = [(Kind::Missing, 2989), (Kind::WrongType, 23_907), (Kind::NotInEnum, 516)];
    let expected = Counts {
        cases: 1805,
        functions: 4257,
        mapped: 1051,
        run: 1626,
        not_by_schema: 20,
        refused: refused.into(),
    };
    assert_eq!(counts, expected);

    // All of them together.
    let names: Vec<_> = all.keys().cloned().collect();
    let tools = all.into_values().fold(Toolset::new(), Toolset::with);
    let distinct: BTreeSet<_> = tools.names().map(str::to_owned).collect();
    assert_eq!((names.len(), distinct.len()), (1238, 1238));
    for (spec, name) in tools.specs().zip(&names) {
        assert_eq!(spec.original_name.as_deref().unwrap_or(spec.name()), name);
    }
    Agent::builder(ScriptedModel::new([])).tools(tools).build().unwrap();
}

/// The file, or a word that the test is skipped.
fn shared(test: &str) -> Option<PathBuf> {
    let name = "bfcl-cases.jsonl.gz";
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("CALLSIGN_SHARED").map_or(beside, PathBuf::from);
    let found = [folder.join("data").join(name), folder.join(name)];
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let named = std::env::var_os("CALLSIGN_SHARED");
        assert!(named.is_none(), "{test}: CALLSIGN_SHARED is set, and there is no {name} in it");
        println!("{test} is skipped: there is no {name}; CALLSIGN_SHARED names its folder");
    }
    found
}

fn tool(function: &Function, seen: &Seen) -> DynamicTool {
    let Function { name, description, parameters } = function;
    let (called, seen) = (name.clone(), seen.clone());
    let note = move |context: Context, arguments: Value| {
        let call = (called.clone(), arguments);
        assert!(seen.lock().unwrap().insert(context.call_number(), call).is_none());
        async { Ok("noted") }
    };
    DynamicTool::new(name.as_str(), description.as_str(), parameters.clone(), note)
}

/// Has an agent with the functions of a case run its calls, and the same made wrong.
async fn check(case: &Case, counts: &mut Counts) {
    let seen = Seen::default();
    let tools = case.functions.iter().map(|function| tool(function, &seen));
    let tools = tools.fold(Toolset::new(), Toolset::with);
    counts.cases += 1;
    counts.functions += tools.len();
    counts.mapped += tools.specs().filter(|spec| spec.original_name.is_some()).count();

    let mut right = Vec::new();
    let mut not_by_schema = Vec::new();
    let mut mutants = Vec::new();
    for call in &case.ground_truth {
        let function = case.functions.iter().find(|function| function.name == call.name).unwrap();
        let judge = jsonschema::validator_for(&function.parameters).unwrap();
        let is_valid = judge.is_valid(&call.arguments);
        assert_eq!(is_valid, call.validates, "{}: {}", case.id, call.arguments);
        if is_valid {
            right.push(call);
            let made = mutants.len();
            make_wrong(&function.parameters, &call.arguments, "", call, &mut mutants);
            mutants[made..].iter().for_each(|mutant| mutant.check_with(&judge));
        } else {
            not_by_schema.push(call);
        }
    }

    let wire_name = |call: &Call| tools.find_original(&call.name).unwrap().name().to_owned();
    let reply = |calls: &[&Call]| {
        calls.iter().fold(Scripted::empty(), |reply, call| {
            reply.and_call(wire_name(call), call.arguments.clone())
        })
    };
    let wrong: Vec<_> = mutants.iter().map(|mutant| &mutant.call).collect();
    let batches = [right.as_slice(), not_by_schema.as_slice(), wrong.as_slice()];
    let calls = batches.into_iter().filter(|calls| !calls.is_empty()).map(reply);
    let model = ScriptedModel::new(calls.chain([Scripted::text("Done.")]));
    let limits = Limits::default().tool_calls(u32::MAX).tool_faults(u32::MAX);
    let agent = Agent::builder(model).limits(limits).tools(tools.clone()).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();

    let heard = reply.messages().iter().filter(|message| matches!(message, Message::Tool(_)));
    let heard: Vec<_> = heard.map(|message| message.text().into_owned()).collect();
    assert_eq!(heard.len(), batches.iter().map(|calls| calls.len()).sum::<usize>());
    let ran: Vec<_> = std::mem::take(&mut *seen.lock().unwrap()).into_values().collect();
    let wanted = right.iter().map(|call| (call.name.clone(), call.arguments.clone()));
    assert_eq!(ran, wanted.collect::<Vec<_>>(), "{}", case.id);
    let (noted, refused) = heard.split_at(right.len());
    assert!(noted.iter().all(|heard| heard == "noted"), "{}: {noted:?}", case.id);
    let (invalid, refused) = refused.split_at(not_by_schema.len());
    assert!(invalid.iter().all(|heard| heard.contains("are not valid: `")), "{invalid:?}");
    for (mutant, heard) in mutants.iter().zip(refused) {
        assert!(heard.contains(&mutant.expected()), "{}: {heard}", mutant.expected());
        *counts.refused.entry(mutant.kind).or_default() += 1;
    }
    counts.run += right.len();
    counts.not_by_schema += not_by_schema.len();
}

/// Values of every JSON type; each breaks every schema that is of another type.
fn values() -> [(&'static str, Value); 6] {
    [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("number", json!(1.5)),
        ("string", json!("none of these")),
        ("array", json!([])),
        ("object", json!({})),
    ]
}

/// Makes a call wrong in every way and place, one at a time.
fn make_wrong(
    schema: &Value,
    value: &Value,
    pointer: &str,
    call: &Call,
    mutants: &mut Vec<Mutant>,
) {
    let mut add = |kind, pointer: &str, change: &dyn Fn(&mut Value)| {
        let mut call = call.clone();
        change(&mut call.arguments);
        mutants.push(Mutant { call, kind, pointer: pointer.to_owned() });
    };
    let replace = |by: Value| {
        move |arguments: &mut Value| *arguments.pointer_mut(pointer).unwrap() = by.clone()
    };
    let kind = schema.get("type").and_then(Value::as_str);
    // The arguments as a whole are an object, or no arguments.
    for (other, by) in values() {
        if kind.is_some_and(|kind| kind != other) && !pointer.is_empty() {
            add(Kind::WrongType, pointer, &replace(by));
        }
    }
    if schema.get("enum").is_some() {
        let by = match kind {
            Some("integer" | "number") => json!(1_000_003),
            Some("array") => json!(["none of these"]),
            _ => json!("none of these"),
        };
        add(Kind::NotInEnum, pointer, &replace(by));
    }
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let key = key.as_str().unwrap();
        add(Kind::Missing, &below(pointer, key), &|arguments| {
            let object = arguments.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap();
            object.remove(key).unwrap();
        });
    }
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                if let Some(schema) = schema.get("properties").and_then(|all| all.get(key)) {
                    make_wrong(schema, value, &below(pointer, key), call, mutants);
                }
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                if let Some(schema) = schema.get("items") {
                    make_wrong(schema, value, &below(pointer, &at.to_string()), call, mutants);
                }
            }
        }
        _ => {}
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl Mutant {
    /// Has the other validator confirm that the call is wrong, there and nowhere else.
    fn check_with(&self, judge: &jsonschema::Validator) {
        let errors = judge.iter_errors(&self.call.arguments);
        let found: BTreeSet<_> = errors.map(|error| error.instance_path().to_string()).collect();
        let place = match self.kind {
            Kind::Missing => self.pointer.rsplit_once('/').unwrap().0,
            Kind::WrongType | Kind::NotInEnum => &self.pointer,
        };
        assert_eq!(found, BTreeSet::from([place.to_owned()]), "{}", self.call.arguments);
    }

    /// What the model is to hear.
    fn expected(&self) -> String {
        let mut path = String::new();
        for step in self.pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            match step.parse::<usize>() {
                Ok(at) => path.push_str(&format!("[{at}]")),
                Err(_) if path.is_empty() => path.push_str(&step),
                Err(_) => path.push_str(&format!(".{step}")),
            }
        }
        match self.kind {
            Kind::Missing => format!("are not valid: `{path}` is missing"),
            Kind::WrongType | Kind::NotInEnum => format!("are not valid: `{path}`: expected "),
        }
    }
}
