//! `#[toolset]`: the methods of a value as tools.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::tool::{Arguments, Extensions, StateType};
use callsign::{Agent, Context, Tool, ToolError, Toolset, data, tool, toolset};
use serde_json::json;

use crate::{call, call_with, failure, invalid_arguments, is_private, visible};

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
    const MAX_NIGHTS: u32 = 14;

    fn new(city: &'static str) -> Self {
        Self { city, booked: Mutex::default() }
    }

    /// Books a room.
    #[tool(timeout = "2s", example = r#"{"guest": {"name": "Ada"}, "nights": 2}"#)]
    pub(crate) async fn book(
        &self,
        guest: Guest,
        /// The number of nights.
        #[serde(default)]
        nights: u32,
    ) -> Result<String, Full> {
        tokio::task::yield_now().await;
        if nights > Self::MAX_NIGHTS {
            return Err(Full);
        }
        let mut booked = self.booked.lock().expect("no panic");
        booked.push(guest.name);
        Ok(format!("{}: room {} for {nights}", self.city, booked.len()))
    }

    /// Lists the guests, on a blocking thread.
    #[callsign::tool(name = "guests", read_only)]
    #[expect(clippy::needless_arbitrary_self_type, reason = "the test needs this form of `self`")]
    fn list(self: &Self) -> Vec<String> {
        self.booked.lock().expect("no panic").clone()
    }

    /// Takes state and context.
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

    /// Has no `self`.
    #[tool]
    fn rule(#[serde(flatten)] others: BTreeMap<String, u32>) -> u32 {
        Self::MAX_NIGHTS + others.into_values().sum::<u32>()
    }

    #[cfg(any())]
    #[tool]
    /// Is not compiled.
    fn absent(&self) -> Nothing {}

    /// Is not a tool.
    fn rooms(&self) -> usize {
        self.booked.lock().expect("no panic").len()
    }
}

fn tools_of(hotels: Hotels) -> Vec<Arc<dyn Tool>> {
    Toolset::new(hotels).into_iter().collect()
}

#[tokio::test]
async fn tool_methods_stay_callable() {
    let hotels = Arc::new(Hotels::new("Porto"));
    let tools: Vec<_> = Toolset::from_arc(Arc::clone(&hotels)).into_iter().collect();
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
async fn state_and_context_are_injected_into_methods() {
    let tool = &tools_of(Hotels::new("Porto"))[2];
    let state = Extensions::default().with(Arc::new(Desk("desk")));
    let values = Extensions::default().with(Arc::new(Tenant("tenant")));
    let context = Context::detached_with(state, values);
    let output = tool.call(context, Arguments::new(r#"{"city":"Faro"}"#)).await.unwrap();
    assert_eq!(output.content.text(), "Porto desk Faro tenant detached");
    let names = |types: &[StateType]| -> Vec<_> {
        types.iter().map(|it| it.name.rsplit("::").next().unwrap_or_default()).collect()
    };
    assert_eq!(names(&tool.spec().required_state), ["Desk"]);
    assert_eq!(names(&tool.spec().required_context), ["Tenant"]);
}

#[tokio::test]
async fn error_type_decides_visibility() {
    let tools = tools_of(Hotels::new("Porto"));
    let full = failure(&tools[0], r#"{"guest":{"name":"Ada"},"nights":15}"#).await;
    assert_eq!(full, visible("The house is full."));
    let wrong = failure(&tools[0], r#"{"guest":{"name":3}}"#).await;
    assert_eq!(
        wrong,
        invalid_arguments("`guest.name`: invalid type: integer `3`, expected a string")
    );
    let unknown = failure(&tools[1], r#"{"city":"Faro"}"#).await;
    assert_eq!(unknown, invalid_arguments("`city`: unknown field `city`, there are no fields"));
    let missing = failure(&tools[2], r#"{"city":"Faro"}"#).await;
    assert!(missing.starts_with("ToolError { route: Log, "), "{missing}");
    assert!(missing.contains("Desk"), "{missing}");
}

#[test]
fn method_attributes_override_those_of_the_block() {
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
    assert_eq!(schema["properties"]["nights"]["description"], "The number of nights.");
}

#[tokio::test]
async fn prefixes_separate_two_values_of_a_type() {
    let porto = Toolset::new(Hotels::new("Porto")).prefix("porto_");
    let faro = Toolset::new(Hotels::new("Faro")).prefix("faro_");
    let tools: Vec<_> = porto.merge(faro).into_iter().collect();
    let find = |name| tools.iter().find(|tool| tool.spec().name() == name).expect("a tool");
    let ada = r#"{"guest":{"name":"Ada"}}"#;
    assert_eq!(call(find("porto_book"), ada).await.unwrap(), "Porto: room 1 for 0");
    assert_eq!(call(find("faro_book"), ada).await.unwrap(), "Faro: room 1 for 0");
    assert_eq!(call(find("porto_guests"), "{}").await.unwrap(), r#"["Ada"]"#);
}

#[tokio::test]
async fn agent_checks_required_state_of_methods() {
    let tools = || Toolset::new(Hotels::new("Porto"));
    let build =
        Agent::builder(ScriptedModel::new([])).tools(tools()).requires_context::<Tenant>().build();
    let missing = build.expect_err("no desk").to_string();
    assert!(missing.contains("front") && missing.contains("Desk"), "{missing}");

    let script =
        [ScriptedReply::call("front", json!({ "city": "Faro" })), ScriptedReply::text("There.")];
    let agent = Agent::builder(ScriptedModel::new(script))
        .tools(tools())
        .state(Desk("desk"))
        .requires_context::<Tenant>()
        .build()
        .unwrap();
    let reply = agent.run("Where?").context(Tenant("tenant")).await.unwrap();
    let result = reply.messages().iter().find(|message| message.role() == "tool").unwrap();
    assert_eq!(result.text(), "Porto desk Faro tenant front");
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
            self.store.read(&key).ok_or_else(|| ToolError::visible("There is no such line."))?;
        Ok(format!("{} {line}", desk.0))
    }

    /// Copies a line.
    #[tool(name = "copy", read_only = false)]
    fn copy_lines(&self, keys: Vec<T::Key>) -> anyhow::Result<Vec<String>> {
        let lines: Vec<_> = keys.iter().filter_map(|key| self.store.read(key)).collect();
        anyhow::ensure!(lines.len() <= N, "too many lines");
        Ok(lines)
    }
}

#[tokio::test]
async fn toolset_blocks_can_be_generic() {
    let shelf = Shelf::<_, 1> { store: Lines(vec!["a", "b"]) };
    let tools: Vec<_> = Toolset::new(shelf).into_iter().collect();
    let state = Extensions::default().with(Arc::new(Desk("desk")));
    let [read, copy] = &tools[..] else { panic!("two tools") };
    assert_eq!(read.spec().name(), "shelf_read");
    assert_eq!(copy.spec().name(), "shelf_copy");
    assert!(read.spec().read_only && !copy.spec().read_only);
    assert_eq!(call_with(read, state.clone(), r#"{"key":1}"#).await.unwrap(), "desk b");
    assert_eq!(
        call_with(read, state, r#"{"key":2}"#).await.unwrap_err().message(),
        "There is no such line."
    );
    assert_eq!(call(copy, r#"{"keys":[0]}"#).await.unwrap(), r#"["a"]"#);
    assert!(is_private(&failure(copy, r#"{"keys":[0,1]}"#).await, "too many lines"));
}

mod parts {
    use callsign::prelude::*;

    use super::call;

    pub(super) struct Library {
        city: &'static str,
    }

    #[toolset(prefix = "library_", read_only)]
    impl Library {
        /// Lists the books.
        #[tool]
        fn list(&self) -> String {
            format!("Books in {}", self.city)
        }
    }

    mod loans {
        use callsign::{tool, toolset};

        #[toolset(part = 2, group = "loans")]
        impl super::Library {
            /// Lends a book.
            #[tool]
            fn lend(&self, title: &str) -> String {
                format!("{title} of {}", self.city)
            }
        }
    }

    #[toolset(part = 3)]
    impl Library {
        /// Counts the books.
        #[tool]
        fn count() -> u32 {
            3
        }
    }

    #[tokio::test]
    async fn all_blocks_of_a_type_have_tools() {
        let tools = Toolset::new(Library { city: "Porto" });
        assert_eq!(tools.names().collect::<Vec<_>>(), ["library_list", "lend", "count"]);
        assert!(tools[0].spec().read_only && !tools[1].spec().read_only);
        assert_eq!(&*tools[1].spec().group, "loans");
        assert_eq!(call(&tools[1], r#"{"title": "Mensagem"}"#).await.unwrap(), "Mensagem of Porto");
    }
}
