//! `#[toolset] impl`: the methods of a value as tools.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign::{
    Agent, Arguments, Context, Scripted, ScriptedModel, States, Tool, ToolError, Toolset, data,
    tool, toolset,
};
use serde_json::json;

use crate::{call, call_with, failure, is_private, refused, told};

struct Hotels {
    city: &'static str,
    booked: Mutex<Vec<String>>,
}

/// A guest.
#[data]
struct Guest {
    name: String,
}

struct Desk(&'static str);

struct Tenant(&'static str);

#[derive(Debug)]
struct Full;

impl Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The house is full.")
    }
}

impl std::error::Error for Full {}

#[toolset(group = "hotels", timeout = "5s")]
impl Hotels {
    const MOST: u32 = 14;

    fn new(city: &'static str) -> Self {
        Self { city, booked: Mutex::default() }
    }

    /// Books a room.
    #[tool(timeout = "2s", example = r#"{"guest": {"name": "Ada"}, "nights": 2}"#)]
    pub(crate) async fn book(
        &self,
        guest: Guest,
        /// How many.
        #[serde(default)]
        nights: u32,
    ) -> Result<String, Full> {
        tokio::task::yield_now().await;
        if nights > Self::MOST {
            return Err(Full);
        }
        let mut booked = self.booked.lock().expect("nobody panics");
        booked.push(guest.name);
        Ok(format!("{}: room {} for {nights}", self.city, booked.len()))
    }

    /// Lists the guests, where blocking is allowed.
    #[callsign::tool(name = "guests", read_only)]
    #[expect(clippy::needless_arbitrary_self_type, reason = "it is what is looked at")]
    fn list(self: &Self) -> Vec<String> {
        self.booked.lock().expect("nobody panics").clone()
    }

    /// Takes what others fill.
    #[tool]
    async fn front(
        &self,
        #[state] desk: &Desk,
        city: &str,
        #[context] tenant: &Tenant,
        context: &Context,
    ) -> String {
        format!("{} {} {city} {} {}", self.city, desk.0, tenant.0, context.tool())
    }

    /// Needs no value.
    #[tool]
    fn rule(#[serde(flatten)] others: BTreeMap<String, u32>) -> u32 {
        Self::MOST + others.into_values().sum::<u32>()
    }

    #[cfg(any())]
    #[tool]
    /// Is not built.
    fn absent(&self) -> Nothing {}

    /// Is no tool.
    fn rooms(&self) -> usize {
        self.booked.lock().expect("nobody panics").len()
    }
}

fn tools_of(hotels: Hotels) -> Vec<Arc<dyn Tool>> {
    Toolset::of(hotels).into_iter().collect()
}

#[tokio::test]
async fn the_methods_are_tools_and_methods() {
    let hotels = Arc::new(Hotels::new("Porto"));
    let tools: Vec<_> = Toolset::of_shared(Arc::clone(&hotels)).into_iter().collect();
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name()).collect();
    assert_eq!(names, ["book", "guests", "front", "rule"]);

    let answer = hotels.book(Guest { name: "Ada".to_owned() }, 1).await;
    assert_eq!(answer.expect("a room"), "Porto: room 1 for 1");
    let arguments = r#"{"guest":{"name":"Grace"}}"#;
    assert_eq!(call(&tools[0], arguments).await.unwrap(), "Porto: room 2 for 0");
    assert_eq!(call(&tools[1], "{}").await.unwrap(), r#"["Ada","Grace"]"#);
    assert_eq!(call(&tools[3], r#"{"a":1}"#).await.unwrap(), "15");
    assert_eq!(hotels.rooms(), 2);
    assert_eq!(hotels.list().len(), 2);
}

#[tokio::test]
async fn what_others_fill_is_injected() {
    let tool = &tools_of(Hotels::new("Porto"))[2];
    let states = States::default().with(Arc::new(Desk("desk")));
    let given = States::default().with(Arc::new(Tenant("tenant")));
    let context = Context::detached_with(states, given);
    let output = tool.call(context, Arguments::new(r#"{"city":"Faro"}"#)).await.unwrap();
    assert_eq!(output.content.text(), "Porto desk Faro tenant detached");
    let names = |types: &[callsign::StateType]| -> Vec<_> {
        types.iter().map(|it| it.name.rsplit("::").next().unwrap_or_default()).collect()
    };
    assert_eq!(names(&tool.spec().states), ["Desk"]);
    assert_eq!(names(&tool.spec().given), ["Tenant"]);
}

#[tokio::test]
async fn errors_climb_the_ladder() {
    let tools = tools_of(Hotels::new("Porto"));
    let full = failure(&tools[0], r#"{"guest":{"name":"Ada"},"nights":15}"#).await;
    assert_eq!(full, told("The house is full."));
    let wrong = failure(&tools[0], r#"{"guest":{"name":3}}"#).await;
    assert_eq!(wrong, refused("`guest.name`: invalid type: integer `3`, expected a string"));
    let unknown = failure(&tools[1], r#"{"city":"Faro"}"#).await;
    assert_eq!(unknown, refused("`city`: unknown field `city`, there are no fields"));
    let missing = failure(&tools[2], r#"{"city":"Faro"}"#).await;
    assert!(missing.starts_with("ToolError { audience: Log, "), "{missing}");
    assert!(missing.contains("Desk"), "{missing}");
}

#[test]
fn a_method_says_what_differs_from_its_block() {
    let tools = tools_of(Hotels::new("Porto"));
    let specs: Vec<_> = tools.iter().map(Tool::spec).collect();
    assert!(specs.iter().all(|spec| &*spec.group == "hotels"));
    assert_eq!(specs[0].timeout, Some(Duration::from_secs(2)));
    assert_eq!(specs[1].timeout, Some(Duration::from_secs(5)));
    assert!(specs[1].read_only && !specs[0].read_only);
    assert_eq!(&*specs[0].definition.description, "Books a room.");
    let schema = &specs[0].definition.parameters;
    assert_eq!(schema["examples"], json!([{ "guest": { "name": "Ada" }, "nights": 2 }]));
    assert_eq!(schema["required"], json!(["guest"]));
    assert_eq!(schema["properties"]["nights"]["description"], "How many.");
}

#[tokio::test]
async fn two_values_stand_side_by_side() {
    let porto = Toolset::of(Hotels::new("Porto")).prefix("porto_");
    let faro = Toolset::of(Hotels::new("Faro")).prefix("faro_");
    let tools: Vec<_> = porto.and(faro).into_iter().collect();
    let find = |name| tools.iter().find(|tool| tool.spec().name() == name).expect("a tool");
    let ada = r#"{"guest":{"name":"Ada"}}"#;
    assert_eq!(call(find("porto_book"), ada).await.unwrap(), "Porto: room 1 for 0");
    assert_eq!(call(find("faro_book"), ada).await.unwrap(), "Faro: room 1 for 0");
    assert_eq!(call(find("porto_guests"), "{}").await.unwrap(), r#"["Ada"]"#);
}

#[tokio::test]
async fn an_agent_checks_and_calls_them() {
    let tools = || Toolset::of(Hotels::new("Porto"));
    let build = Agent::builder(ScriptedModel::new([])).tools(tools()).expects::<Tenant>().build();
    let missing = build.expect_err("no desk").to_string();
    assert!(missing.contains("front") && missing.contains("Desk"), "{missing}");

    let script = [Scripted::call("front", json!({ "city": "Faro" })), Scripted::text("There.")];
    let agent = Agent::builder(ScriptedModel::new(script))
        .tools(tools())
        .state(Desk("desk"))
        .expects::<Tenant>()
        .build()
        .unwrap();
    let reply = agent.run("Where?").with(Tenant("tenant")).await.unwrap();
    let heard = reply.messages().iter().find(|message| message.role() == "tool").unwrap();
    assert_eq!(heard.text(), "Porto desk Faro tenant front");
}

trait Store: Send + Sync + 'static {
    type Key: callsign::__private::Argument + Send;

    fn read(&self, key: &Self::Key) -> Option<String>;
}

struct Lines(Vec<&'static str>);

impl Store for Lines {
    type Key = usize;

    fn read(&self, key: &usize) -> Option<String> {
        self.0.get(*key).map(ToString::to_string)
    }
}

struct Shelf<T, const N: usize>
where
    T: Store,
{
    store: T,
}

#[toolset(prefix = "shelf_", read_only, errors = "private")]
impl<T, const N: usize> Shelf<T, N>
where
    T: Store,
{
    /// Reads a line.
    #[tool]
    async fn read(&self, key: T::Key, #[state] desk: &Desk) -> Result<String, ToolError> {
        let line =
            self.store.read(&key).ok_or_else(|| ToolError::tell("There is no such line."))?;
        Ok(format!("{} {line}", desk.0))
    }

    /// Copies a line.
    #[tool(name = "copy", read_only = false)]
    fn copies(&self, keys: Vec<T::Key>) -> anyhow::Result<Vec<String>> {
        let lines: Vec<_> = keys.iter().filter_map(|key| self.store.read(key)).collect();
        anyhow::ensure!(lines.len() <= N, "too many lines");
        Ok(lines)
    }
}

#[tokio::test]
async fn a_block_may_be_generic() {
    let shelf = Shelf::<_, 1> { store: Lines(vec!["a", "b"]) };
    let tools: Vec<_> = Toolset::of(shelf).into_iter().collect();
    let states = States::default().with(Arc::new(Desk("desk")));
    let [read, copy] = &tools[..] else { panic!("two tools") };
    assert_eq!(read.spec().name(), "shelf_read");
    assert_eq!(copy.spec().name(), "shelf_copy");
    assert!(read.spec().read_only && !copy.spec().read_only);
    assert_eq!(call_with(read, states.clone(), r#"{"key":1}"#).await.unwrap(), "desk b");
    assert_eq!(
        call_with(read, states, r#"{"key":2}"#).await.unwrap_err().message(),
        "There is no such line."
    );
    assert_eq!(call(copy, r#"{"keys":[0]}"#).await.unwrap(), r#"["a"]"#);
    assert!(is_private(&failure(copy, r#"{"keys":[0,1]}"#).await, "too many lines"));
}
