//! The attributes of Callsign: `#[tool]` makes a function something that a model can call,
//! `#[toolset]` does it for the methods of a value and `#[derive(Tool)]` for a struct whose fields
//! are the arguments; `#[data]` makes a type something that a model can send or read.
//!
//! Users take them from the `callsign` crate.

mod data;
mod derive;
mod errors;
mod keys;
mod names;
mod settings;
mod signature;
mod tool;
mod toolset;
#[cfg(test)]
mod written;

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
/// | `#[context] tenant: &Tenant`, `#[context] clock: &dyn Clock` | the value of this type that the run was given, by `.with(value)`; the model never sees it |
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
///
/// /// Cancels a booking.
/// #[tool(approval, sequential, errors = "private", example = r#"{"number": "X7KQ"}"#)]
/// fn cancel(number: String) {}
/// ```
///
/// | setting | what it says |
/// |---|---|
/// | `name = "…"` | the name that the model sees, of 1 to 64 letters, digits, `_` and `-`, where it is not the function's |
/// | `group = "…"` | a group for `registered_tools().group("…")` |
/// | `read_only` | it changes nothing: a call that was cut off may be run again |
/// | `idempotent` | to call it again under the same `Context::idempotency_key` does no harm: a call that was cut off may be run again |
/// | `approval` | a person approves each call before it runs: the run pauses, and goes on once that is decided |
/// | `sequential` | it never runs beside another call of its reply |
/// | `concurrency = 4` | how many calls of it run at once in one run |
/// | `timeout = "30s"` | wall time of one call, in `ms`, `s` or `m` |
/// | `errors = "private"` | the model hears only that the tool failed, unless a `ToolError` says otherwise; `"told"`: it hears erased errors as well |
/// | `max_result_bytes = 20_000` | how much of a result the model sees, in bytes or as `"64KB"`; the journal keeps the whole |
/// | `coerce` | an argument of a wrong type is turned into the right one where nothing is lost by it, such as `"3"` into `3` |
/// | `strict` | the service is to hold the model to the schema; `strict = false`: it is not. Left out, the model's settings decide |
/// | `example = r#"{…}"#` | arguments as a model might send them: the text of a JSON object, which becomes one of the schema's `examples`. May be said several times |
/// | `crate = path` | where the `callsign` crate is, if it has another name |
///
/// A flag can also be written `read_only = false`, which takes back what a block says for all its
/// methods, see [`macro@toolset`].
///
/// # Methods
///
/// In an `impl` block under [`macro@toolset`], methods are marked with `#[tool]` and become tools
/// of the value. A struct whose fields are the arguments has [`derive@Tool`].
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

/// Makes methods tools, which share the value that they are called on.
///
/// The block stays as it is written, and its methods can be called as before. Those that are
/// marked with `#[tool]` become the tools of `Toolset::of(value)`, in the order in which they are
/// written:
///
/// ```
/// use callsign::prelude::*;
///
/// struct Hotels {
///     city: String,
/// }
///
/// #[toolset]
/// impl Hotels {
///     /// Books a room.
///     #[tool]
///     async fn book(
///         &self,
///         /// How many nights.
///         nights: u32,
///     ) -> Result<String, ToolError> {
///         self.check(nights)?;
///         Ok(format!("Booked in {}, for {nights} nights.", self.city))
///     }
///
///     /// Lists the rooms.
///     #[tool(read_only, timeout = "5s")]
///     fn rooms(&self) -> Vec<String> {
///         vec!["101".to_owned(), "102".to_owned()]
///     }
///
///     // No tool, as it is not marked.
///     fn check(&self, nights: u32) -> Result<(), ToolError> {
///         if nights > 14 { Err(ToolError::tell("14 nights at most.")) } else { Ok(()) }
///     }
/// }
///
/// let hotels = Hotels { city: "Porto".to_owned() };
/// let tools = Toolset::of(hotels);
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["book", "rooms"]);
/// ```
///
/// All that [`macro@tool`] says of functions goes for methods: parameters, `#[state]` and
/// `#[context]`, return types, errors and settings. The receiver is `&self`, because calls run
/// beside each other: what changes stands in the value behind a `Mutex`. A function without a
/// receiver can be marked, too. `Toolset::of_shared` takes an `Arc` of a value that others have as
/// well.
///
/// Several values of one type stand side by side under prefixes:
/// `Toolset::of(porto).prefix("porto_")`.
///
/// # Settings
///
/// What is said of the block goes for each of its tools that says nothing else:
///
/// ```
/// # use callsign::prelude::*;
/// # struct Hotels;
/// #[toolset(prefix = "hotel_", group = "hotels", read_only, timeout = "10s")]
/// impl Hotels {
///     /// Lists the rooms.
///     #[tool]
///     fn rooms(&self) {}
///
///     /// Books a room.
///     #[tool(read_only = false, timeout = "1m")]
///     fn book(&self) {}
/// }
/// # assert_eq!(Toolset::of(Hotels).names().collect::<Vec<_>>(), ["hotel_rooms", "hotel_book"]);
/// ```
///
/// - `prefix = "hotel_"` goes before all names, those of `#[tool(name = "…")]` as well.
/// - `group`, `read_only`, `idempotent`, `approval`, `sequential`, `concurrency`, `timeout`,
///   `errors`, `max_result_bytes`, `coerce` and `strict` mean what they mean to [`macro@tool`].
/// - `crate = path`: where the `callsign` crate is, if it has another name.
///
/// # Which blocks
///
/// A type has one such block, as a second would say again what the type's tools are; it may have
/// any number of others. The block may be generic where its types are `'static`: `impl<T: Store +
/// 'static> Hotels<T>`. A block that implements a trait can't be marked: write methods that call
/// the trait's.
///
/// The methods are in no inventory, because they need a value: `registered_tools()` does not have
/// them.
#[proc_macro_attribute]
pub fn toolset(attributes: TokenStream, item: TokenStream) -> TokenStream {
    toolset::toolset(attributes.into(), item.into()).into()
}

/// Makes a struct a tool, whose fields are the arguments.
///
/// The struct has a method `call`, which is called on the arguments:
///
/// ```
/// use callsign::prelude::*;
///
/// /// Books a table in a restaurant.
/// #[derive(Tool)]
/// #[tool(timeout = "10s")]
/// struct BookTable {
///     /// How many guests there are.
///     guests: u32,
///     /// The hour, as in `19:30`.
///     time: Option<String>,
/// }
///
/// impl BookTable {
///     async fn call(self, context: &Context) -> Result<String, ToolError> {
///         if self.guests > 12 {
///             return Err(ToolError::tell("12 guests at most."));
///         }
///         let time = self.time.unwrap_or_else(|| "19:00".to_owned());
///         Ok(format!("A table for {} at {time}, under {}.", self.guests, context.call_id()))
///     }
/// }
///
/// let tools = tools![BookTable];
/// assert_eq!(tools[0].spec().name(), "book_table");
/// ```
///
/// The doc comment is the description, the struct's name in `snake_case` the tool's, and the
/// attributes of serde and schemars work on the fields, with neither crate as a dependency. What
/// [`macro@tool`] says of arguments goes for fields, and what it says of return types, errors and
/// settings goes for the method and for `#[tool(…)]`, which stands below the derive.
///
/// The method is `async` or not; one that is not runs where blocking is allowed. It takes `self`,
/// `&self` or `&mut self`, and the call's context, which has what the model does not fill:
/// `context.get::<T>()` the agent's state, `context.given::<T>()` what the run was given. Neither
/// is checked when the agent is built, as both are for `#[state]` and `#[context]`.
#[proc_macro_derive(Tool, attributes(tool, serde, schemars, state, context))]
pub fn derive_tool(item: TokenStream) -> TokenStream {
    derive::derive(item.into()).into()
}
