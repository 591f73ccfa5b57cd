//! The expansions cause no compiler warnings.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
#![deny(unused_qualifications, single_use_lifetimes, unused_lifetimes, let_underscore_drop)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, unnameable_types)]
#![deny(rust_2024_compatibility, trivial_casts, trivial_numeric_casts, variant_size_differences)]
#![forbid(unsafe_code, unused_must_use)]

use callsign::{Context, Tool, ToolError, Toolset, data, tool, tools, toolset};

/// State of the agent.
#[derive(Debug)]
pub struct Plan;

/// A clock.
pub trait Clock: Send + Sync {
    /// The hour.
    fn hour(&self) -> u32;
}

/// A flight.
#[data]
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its number.
    pub number: String,
}

/// A cabin.
#[data]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Cabin {
    /// Front.
    Front,
    /// Back.
    Back,
}

/// Returns nothing.
#[tool]
fn nothing() {}

/// Finds a flight.
#[tool(name = "find-flight", group = "flights", read_only, timeout = "5s", concurrency = 2)]
#[deprecated = "as an example"]
pub async fn find_flight(
    /// The city of departure.
    #[schemars(length(min = 1))]
    origin: String,
    mut cabin: Option<Cabin>,
    #[serde(default)] r#type: Vec<Flight>,
    #[allow(non_snake_case)] firstClass: bool,
    who: &str,
    /// Not part of the description.
    #[state]
    plan: &Plan,
    #[state] clock: &dyn Clock,
    #[state] spelled: &(dyn Clock + Send + Sync),
    context: &Context,
) -> Result<Flight, ToolError> {
    let hour = clock.hour() + spelled.hour();
    std::future::ready(()).await;
    if firstClass {
        cabin = Some(Cabin::Front);
    }
    Ok(Flight { number: format!("{origin}{cabin:?}{type:?}{who}{plan:?}{hour}{}", context.tool()) })
}

pub(crate) mod inner {
    //! A module.

    /// A tool that is visible in the crate.
    #[callsign::tool]
    pub(crate) const fn constant() -> u32 {
        1
    }

    /// A tool that no code names.
    #[callsign::tool]
    fn unnamed(#[serde(flatten)] rest: std::collections::BTreeMap<String, u32>) -> usize {
        rest.len()
    }
}

/// A hotel.
#[derive(Debug)]
pub struct Hotel<T> {
    /// Its rooms.
    pub rooms: Vec<T>,
}

#[toolset(prefix = "hotel_", group = "hotels")]
impl<T: std::fmt::Debug + Send + Sync + 'static> Hotel<T> {
    /// Lists the rooms.
    #[tool(read_only)]
    #[must_use]
    pub fn list(&self, #[context] plan: &Plan) -> String {
        format!("{:?} {plan:?}", self.rooms)
    }

    /// Books a room.
    #[tool(example = r#"{"nights": 2}"#)]
    #[deprecated = "as an example"]
    async fn book(
        &self,
        /// The number of nights.
        nights: u32,
        #[state] clock: &dyn Clock,
        #[serde(default)] r#type: Option<String>,
        context: &Context,
    ) -> Result<(), ToolError> {
        std::future::ready(()).await;
        Err(ToolError::visible(format!("{nights}{}{type:?}{}", clock.hour(), context.tool())))
    }

    /// Says hello.
    #[tool]
    const fn hello() -> &'static str {
        "hello"
    }
}

/// A plain value.
#[derive(Debug)]
pub struct Bell;

#[toolset]
impl Bell {
    /// Rings.
    #[callsign::tool]
    fn ring(&self) {}
}

#[toolset(part = 2)]
impl Bell {
    /// Rings loudly.
    #[tool]
    fn ring_loudly(&self, _thought: &str) {}
}

/// Thinks.
#[tool]
fn think(_thought: String, #[serde(default)] _plan: Option<u32>) {}

/// Books a table.
#[derive(Clone, Debug, Tool)]
#[tool(name = "table", sequential)]
pub struct BookTable {
    /// The number of guests.
    pub guests: u32,
    #[serde(rename = "kind")]
    r#type: Option<String>,
}

impl BookTable {
    #[allow(clippy::unused_async)]
    async fn call(self, _: &Context) -> String {
        self.r#type.unwrap_or_default()
    }
}

/// Counts.
#[derive(Debug, Tool)]
struct Count {}

impl Count {
    fn call(&self, context: &Context) -> usize {
        context.tool().len()
    }
}

fn main() {
    /// A tool inside a function, with an argument type inside that function.
    #[tool]
    fn local(place: Place) -> Place {
        place
    }

    /// A place.
    #[data]
    struct Place {
        name: String,
    }

    let place = local(Place { name: String::new() });
    assert!(place.name.is_empty());
    assert_eq!(tools![nothing, find_flight, inner::constant, local].len(), 4);
    assert_eq!(tools![BookTable, Count, think].len(), 3);
    assert_eq!(Toolset::new(Hotel { rooms: vec![1] }).names().count(), 3);
    assert_eq!(Toolset::new(Bell).names().count(), 2);
}
