//! The functions and calls of the Berkeley Function Calling Leaderboard.
//!
//! Every function becomes a tool of an agent. Every valid call runs with its arguments. Every
//! mutated call is rejected with the path of the error. An independent validator decides which calls
//! are valid.
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::{Arc, Mutex};

use callsign::store::CallIndex;
use callsign::testing::{ScriptedModel, ScriptedReply, shared_file};
use callsign::tool::DynamicTool;
use callsign::{Agent, Context, Limits, Message, Toolset};
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
    /// The verdict of another validator when the data was collected.
    validates: bool,
}

/// A valid call with one invalid change.
struct Mutant {
    call: Call,
    kind: MutationKind,
    /// The JSON pointer of the changed value.
    pointer: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MutationKind {
    Missing,
    WrongType,
    NotInEnum,
}

/// The calls that ran: the name and the arguments.
type Calls = Arc<Mutex<BTreeMap<CallIndex, (String, Value)>>>;

/// Counts over all cases.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    cases: usize,
    functions: usize,
    /// Functions whose name is not a valid tool name.
    renamed: usize,
    valid: usize,
    /// Calls of the data set that do not match their schema.
    invalid: usize,
    rejected_mutants: BTreeMap<MutationKind, usize>,
}

#[tokio::test]
async fn every_function_becomes_a_tool_and_every_call_is_validated() {
    let Some(path) = shared_file(
        "every_function_becomes_a_tool_and_every_call_is_validated",
        "bfcl-cases.jsonl.gz",
    ) else {
        return;
    };
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let mut counts = Counts::default();
    let mut all: BTreeMap<String, DynamicTool> = BTreeMap::new();
    for line in lines {
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        check(&case, &mut counts).await;
        let calls = Calls::default();
        all.extend(case.functions.iter().map(|it| (it.name.clone(), tool(it, &calls))));
    }
    println!("{counts:?}");
    let rejected_mutants = [
        (MutationKind::Missing, 2989),
        (MutationKind::WrongType, 23_907),
        (MutationKind::NotInEnum, 516),
    ];
    let expected = Counts {
        cases: 1805,
        functions: 4257,
        renamed: 1051,
        valid: 1626,
        invalid: 20,
        rejected_mutants: rejected_mutants.into(),
    };
    assert_eq!(counts, expected);

    // All functions fit into one toolset.
    let names: Vec<_> = all.keys().cloned().collect();
    let tools = all.into_values().fold(Toolset::default(), Toolset::with);
    let distinct: BTreeSet<_> = tools.names().map(str::to_owned).collect();
    assert_eq!((names.len(), distinct.len()), (1238, 1238));
    for (spec, name) in tools.specs().zip(&names) {
        assert_eq!(spec.original_name.as_deref().unwrap_or(spec.name()), name);
    }
    Agent::builder(ScriptedModel::new([])).tools(tools).build().unwrap();
}

/// Returns a tool that adds its calls to `calls`.
fn tool(function: &Function, calls: &Calls) -> DynamicTool {
    let Function { name, description, parameters } = function;
    let (tool_name, calls) = (name.clone(), calls.clone());
    let function = move |context: Context, arguments: Value| {
        let call = (tool_name.clone(), arguments);
        assert!(calls.lock().unwrap().insert(context.call_index(), call).is_none());
        async { Ok("ran") }
    };
    DynamicTool::new(name.as_str(), description.as_str(), parameters.clone(), function)
}

/// Runs the calls of a case, and mutations of them, with an agent that has its functions.
async fn check(case: &Case, counts: &mut Counts) {
    let calls = Calls::default();
    let tools = case.functions.iter().map(|function| tool(function, &calls));
    let tools = tools.fold(Toolset::default(), Toolset::with);
    counts.cases += 1;
    counts.functions += tools.len();
    counts.renamed += tools.specs().filter(|spec| spec.original_name.is_some()).count();

    let mut valid = Vec::new();
    let mut invalid = Vec::new();
    let mut mutants = Vec::new();
    for call in &case.ground_truth {
        let function = case.functions.iter().find(|function| function.name == call.name).unwrap();
        let validator = jsonschema::validator_for(&function.parameters).unwrap();
        let is_valid = validator.is_valid(&call.arguments);
        assert_eq!(is_valid, call.validates, "{}: {}", case.id, call.arguments);
        if is_valid {
            valid.push(call);
            let before = mutants.len();
            mutate(&function.parameters, &call.arguments, "", call, &mut mutants);
            mutants[before..].iter().for_each(|mutant| mutant.check_with(&validator));
        } else {
            invalid.push(call);
        }
    }

    let wire_name = |call: &Call| tools.find_original(&call.name).unwrap().name().to_owned();
    let reply = |calls: &[&Call]| {
        calls.iter().fold(ScriptedReply::empty(), |reply, call| {
            reply.and_call(wire_name(call), call.arguments.clone())
        })
    };
    let mutated: Vec<_> = mutants.iter().map(|mutant| &mutant.call).collect();
    let batches = [valid.as_slice(), invalid.as_slice(), mutated.as_slice()];
    let replies = batches.into_iter().filter(|calls| !calls.is_empty()).map(reply);
    let model = ScriptedModel::new(replies.chain([ScriptedReply::text("Done.")]));
    let limits = Limits::default().max_tool_calls(u32::MAX).max_consecutive_failures(u32::MAX);
    let agent = Agent::builder(model).limits(limits).tools(tools.clone()).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();

    let results = reply.messages().iter().filter(|message| matches!(message, Message::Tool(_)));
    let results: Vec<_> = results.map(|message| message.text().into_owned()).collect();
    assert_eq!(results.len(), batches.iter().map(|calls| calls.len()).sum::<usize>());
    let ran: Vec<_> = std::mem::take(&mut *calls.lock().unwrap()).into_values().collect();
    let expected = valid.iter().map(|call| (call.name.clone(), call.arguments.clone()));
    assert_eq!(ran, expected.collect::<Vec<_>>(), "{}", case.id);
    let (of_valid, of_others) = results.split_at(valid.len());
    assert!(of_valid.iter().all(|result| result == "ran"), "{}: {of_valid:?}", case.id);
    let (of_invalid, of_mutants) = of_others.split_at(invalid.len());
    let is_rejected = |result: &String| result.contains("are not valid: `");
    assert!(of_invalid.iter().all(is_rejected), "{of_invalid:?}");
    for (mutant, result) in mutants.iter().zip(of_mutants) {
        assert!(result.contains(&mutant.expected()), "{}: {result}", mutant.expected());
        *counts.rejected_mutants.entry(mutant.kind).or_default() += 1;
    }
    counts.valid += valid.len();
    counts.invalid += invalid.len();
}

/// Returns a value of every JSON type. Each is invalid for schemas of the other types.
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

/// Adds the mutations of every value in a call, one change per mutant.
fn mutate(schema: &Value, value: &Value, pointer: &str, call: &Call, mutants: &mut Vec<Mutant>) {
    let mut add = |kind, pointer: &str, change: &dyn Fn(&mut Value)| {
        let mut call = call.clone();
        change(&mut call.arguments);
        mutants.push(Mutant { call, kind, pointer: pointer.to_owned() });
    };
    let replace = |by: Value| {
        move |arguments: &mut Value| *arguments.pointer_mut(pointer).unwrap() = by.clone()
    };
    let kind = schema.get("type").and_then(Value::as_str);
    // Arguments that are not an object are rejected earlier, with another message.
    for (other, by) in values() {
        if kind.is_some_and(|kind| kind != other) && !pointer.is_empty() {
            add(MutationKind::WrongType, pointer, &replace(by));
        }
    }
    if schema.get("enum").is_some() {
        let by = match kind {
            Some("integer" | "number") => json!(1_000_003),
            Some("array") => json!(["none of these"]),
            _ => json!("none of these"),
        };
        add(MutationKind::NotInEnum, pointer, &replace(by));
    }
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let key = key.as_str().unwrap();
        add(MutationKind::Missing, &below(pointer, key), &|arguments| {
            let object = arguments.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap();
            object.remove(key).unwrap();
        });
    }
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                if let Some(schema) = schema.get("properties").and_then(|all| all.get(key)) {
                    mutate(schema, value, &below(pointer, key), call, mutants);
                }
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                if let Some(schema) = schema.get("items") {
                    mutate(schema, value, &below(pointer, &at.to_string()), call, mutants);
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
    /// Checks with the other validator that the call is invalid exactly at the changed value.
    fn check_with(&self, validator: &jsonschema::Validator) {
        let errors = validator.iter_errors(&self.call.arguments);
        let found: BTreeSet<_> = errors.map(|error| error.instance_path().to_string()).collect();
        let expected = match self.kind {
            MutationKind::Missing => self.pointer.rsplit_once('/').unwrap().0,
            MutationKind::WrongType | MutationKind::NotInEnum => &self.pointer,
        };
        assert_eq!(found, BTreeSet::from([expected.to_owned()]), "{}", self.call.arguments);
    }

    /// Returns the part of the result that names the error.
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
            MutationKind::Missing => format!("are not valid: `{path}` is missing"),
            MutationKind::WrongType | MutationKind::NotInEnum => {
                format!("are not valid: `{path}`: expected ")
            }
        }
    }
}
