//! The attributes of Callsign: `#[tool]` makes a function something that a model can call, and
//! `#[data]` makes a type something that a model can send or read.
//!
//! Users take them from the `callsign` crate.

mod data;
mod errors;
mod keys;
mod names;
mod settings;
mod signature;
mod tool;

use proc_macro::TokenStream;

/// Makes a function a tool, which a model can call.
///
/// The function stays as it is written, and can be called as before. Beside it, its name becomes
/// the name of a type as well, so that `tools![get_weather]` finds the tool.
///
/// ```
/// use callsign::{ToolError, tool, tools};
///
/// /// Tells the weather of the coming days in a city.
/// #[tool]
/// async fn get_weather(
///     /// The name of the city, in English.
///     city: String,
///     /// The number of days; 1 if it is left out.
///     days: Option<u32>,
/// ) -> Result<String, ToolError> {
///     let days = days.unwrap_or(1);
///     if city == "Atlantis" {
///         return Err(ToolError::tell("There is no such city above water."));
///     }
///     Ok(format!("{city}, for {days} days: sun."))
/// }
///
/// let tools = tools![get_weather];
/// assert_eq!(tools[0].spec().name(), "get_weather");
/// ```
///
/// # What the model sees
///
/// The function's name, its doc comment, and a JSON schema of its parameters: their names, types
/// and doc comments. A tool without a doc comment is an error, because the model would have to
/// guess.
///
/// # Parameters
///
/// | written as | is |
/// |---|---|
/// | `city: String`, `days: Option<u32>`, `trip: Trip` | an argument, which the model fills. Types of your own are marked with [`macro@data`] |
/// | `city: &str` | the same as a `String` |
/// | `#[state] plan: &Plan`, `#[state] clock: &dyn Clock` | the agent's state of this type, which the model never sees |
/// | `context: &Context` | the call's context |
///
/// The attributes of serde and schemars work on arguments, and neither crate needs to be a
/// dependency:
///
/// ```
/// use callsign::{data, tool};
///
/// /// A cabin.
/// #[data]
/// enum Cabin { Economy, Business }
///
/// fn one() -> u32 { 1 }
///
/// /// Books seats.
/// #[tool]
/// fn book(
///     #[serde(rename = "class")] cabin: Cabin,
///     #[serde(default = "one")]
///     #[schemars(range(min = 1, max = 9))]
///     seats: u32,
/// ) -> String {
///     let cabin = match cabin { Cabin::Economy => "the back", Cabin::Business => "the front" };
///     format!("{seats} in {cabin}")
/// }
/// ```
///
/// Arguments that the tool does not have are refused, and the model is told which; a parameter
/// with `#[serde(flatten)]` takes them instead.
///
/// # What the model hears
///
/// Any value that can be serialised is sent as JSON; a `String` or a `&'static str` as it is,
/// `()` as `done`, and a `ToolOutput` as it says. Types of your own are marked with
/// [`macro@data`].
///
/// The error of a `Result` decides who hears it: a `ToolError` says so itself; a text, a type
/// that implements `Error`, and a type that implements `Display` only, are told to the model; an
/// erased error, such as `anyhow::Error` or `Box<dyn Error>`, is not: the model hears that the
/// tool failed, and the log has the error.
///
/// A function that is not `async` runs where blocking is allowed, and may take its time.
///
/// # Settings
///
/// ```
/// # use callsign::tool;
/// /// Finds flights.
/// #[tool(name = "find-flights", group = "flights", read_only, timeout = "30s", concurrency = 4)]
/// fn find_flights() {}
/// ```
///
/// - `name = "…"`: the name that the model sees, of 1 to 64 letters, digits, `_` and `-`, where
///   it is not the function's.
/// - `group = "…"`: a group for `registered_tools().group("…")`.
/// - `read_only`: it changes nothing. `idempotent`: to call it again under the same
///   `Context::idempotency_key` does no harm. Either lets a call that was cut off be run again.
/// - `timeout = "30s"`: wall time of one call, in `ms`, `s` or `m`.
/// - `concurrency = 4`: how many calls of it run at once in one run.
/// - `crate = path`: where the `callsign` crate is, if it has another name.
///
/// # A module of the same name
///
/// As the function's name names a type, too, a module of the same name can't stand beside it.
/// Where `mod weather` has the tool `weather`, leave `use weather::weather;` out, and write
/// `tools![weather::weather]`.
#[proc_macro_attribute]
pub fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    tool::tool(attributes.into(), item.into()).into()
}

/// Makes a struct or an enum something that a tool can take and return.
///
/// It derives serde's `Serialize` and `Deserialize` and schemars' `JsonSchema`, of which neither
/// crate needs to be a dependency. Doc comments become descriptions that the model reads, and the
/// attributes of both crates work, below `#[data]`:
///
/// ```
/// use callsign::data;
///
/// /// A flight.
/// #[data]
/// #[derive(Clone, Debug, PartialEq)]
/// #[serde(rename_all = "camelCase")]
/// pub struct Flight {
///     /// Airline and number, as in `DL 223`.
///     flight_number: String,
///     #[serde(default)]
///     stops: u32,
/// }
/// ```
///
/// `#[data(crate = path)]` says where the `callsign` crate is, if it has another name.
#[proc_macro_attribute]
pub fn data(attributes: TokenStream, item: TokenStream) -> TokenStream {
    data::data(attributes.into(), item.into()).into()
}
