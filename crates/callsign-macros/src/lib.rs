//! The attribute macros of Callsign.
//!
//! - [`macro@tool`] makes a function a tool, which a model can call.
//! - [`macro@toolset`] makes the methods of a value tools.
//! - [`derive@Tool`] makes a struct a tool, with its fields as the arguments.
//! - [`macro@data`] makes a type usable in a tool's arguments and results.
//!
//! Users depend on the `callsign` crate, which re-exports them.

mod attribute_parser;
mod data;
mod derive;
mod errors;
#[cfg(test)]
mod expansion_tests;
mod settings;
mod signature;
mod suggest;
mod tool;
mod toolset;

use proc_macro::TokenStream;

/// Makes a function a tool, which a model can call.
///
/// The function itself does not change and can still be called from Rust. The attribute adds a
/// type of the same name, which `tools![get_weather]` refers to.
///
/// ```
/// use callsign::{ToolError, tool, tools};
///
/// /// Returns the weather forecast for a city.
/// #[tool]
/// async fn get_weather(
///     /// The name of the city, in English.
///     city: String,
///     /// The number of days. Default 1.
///     days: Option<u32>,
/// ) -> Result<String, ToolError> {
///     let days = days.unwrap_or(1);
///     if city == "Atlantis" {
///         return Err(ToolError::visible("There is no such city above water."));
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
/// The model receives the function's name, its doc comment, and a JSON schema of its parameters
/// with their names, types and doc comments. A tool without a doc comment does not compile,
/// because the model would have no description of it.
///
/// The lines of a paragraph are joined. Paragraphs, lists, tables and code blocks stay. A leading
/// underscore is not part of an argument's name: `_thought: String` is the argument `thought`.
///
/// # Parameters
///
/// | parameter | value |
/// |---|---|
/// | `city: String`, `days: Option<u32>`, `trip: Trip` | an argument, which the model fills. Your own types need [`macro@data`] |
/// | `city: &str` | an argument, like a `String` |
/// | `#[state] plan: &Plan`, `#[state] clock: &dyn Clock` | the agent's state of this type, which the model never sees |
/// | `#[context] tenant: &Tenant`, `#[context] clock: &dyn Clock` | the run's context value of this type, set by `.context(value)`; the model never sees it |
/// | `context: &Context` | the context of the call |
///
/// The attributes of serde and schemars work on arguments. Neither crate needs to be a
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
/// A call with unknown arguments is rejected, and the model receives their names. A parameter with
/// `#[serde(flatten)]` accepts them instead.
///
/// # Results and errors
///
/// The function returns any type that implements `Serialize`, or a `Result` of one. Your own types
/// need [`macro@data`]. The model receives:
///
/// - the text of a `String` or a `&'static str`;
/// - `done` for `()`;
/// - the content of a `ToolOutput`;
/// - JSON for every other type. If that is a JSON string, as for `Some("text")` or a variant without
///   data, it is the text without quotes.
///
/// The type of an error decides whether the model receives its message:
///
/// | error type | visibility |
/// |---|---|
/// | `ToolError` | as constructed: `ToolError::visible`, `ToolError::private`, … |
/// | `String`, `&str`, a type that implements `Error` or only `Display` | visible: the model receives the message |
/// | a boxed error, such as `anyhow::Error` or `Box<dyn Error>` | private: the model receives only that the tool failed, and the log has the error |
///
/// A function that is not `async` runs on a thread for blocking work, and may block.
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
/// | setting | meaning |
/// |---|---|
/// | `name = "…"` | The name for the model: 1 to 64 ASCII letters, digits, `_` and `-`. Default: the function's name |
/// | `group = "…"` | The group for `registered_tools().group("…")` |
/// | `read_only` | The tool has no side effects. An interrupted call may run again |
/// | `idempotent` | Repeating a call with the same `Context::idempotency_key` has no further effect. An interrupted call may run again |
/// | `approval` | A person must approve each call. The run pauses and resumes after the decision |
/// | `sequential` | A call never runs concurrently with another call of the same turn |
/// | `concurrency = 4` | The maximum number of concurrent calls in one run |
/// | `timeout = "30s"` | The timeout of one call as wall time, in `ms`, `s` or `m` |
/// | `errors = "private"` | The model receives only that the tool failed, except for a `ToolError`. `"visible"`: it also receives boxed errors |
/// | `max_result_bytes = 20_000` | The maximum size of a result for the model, in bytes or as `"64KB"`. The journal keeps the whole result |
/// | `coerce` | An argument of a wrong type is converted if that is lossless, such as `"3"` to `3` |
/// | `strict` | The provider enforces the schema; `strict = false`: it does not. Default: the model's options |
/// | `example = r#"{…}"#` | Example arguments: a JSON object for the schema's `examples`. Can be repeated |
/// | `crate = path` | The path of the `callsign` crate, if it has another name |
///
/// A flag can be `false`, as in `read_only = false`, to override the setting of a block. See
/// [`macro@toolset`].
///
/// # Methods
///
/// In an `impl` block under [`macro@toolset`], methods with `#[tool]` become tools of the value.
/// For a struct whose fields are the arguments, derive [`derive@Tool`].
///
/// # Modules of the same name
///
/// The generated type has the function's name, so it conflicts with a module of that name in the
/// same scope. If `mod weather` contains the tool `weather`, write `tools![weather::weather]`
/// instead of `use weather::weather;`.
#[proc_macro_attribute]
pub fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    tool::tool(attributes.into(), item.into()).into()
}

/// Makes a struct or an enum usable in a tool's arguments and results.
///
/// The attribute derives `Serialize` and `Deserialize` of serde and `JsonSchema` of schemars.
/// Neither crate needs to be a dependency. Doc comments become descriptions for the model. The
/// attributes of both crates work if they are below `#[data]`:
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
/// `#[data(crate = path)]` sets the path of the `callsign` crate, if it has another name.
#[proc_macro_attribute]
pub fn data(attributes: TokenStream, item: TokenStream) -> TokenStream {
    data::data(attributes.into(), item.into()).into()
}

/// Makes methods tools, which share the value that they are called on.
///
/// The methods themselves do not change and can still be called from Rust. `Toolset::new(value)`
/// contains a tool for each method with `#[tool]`, in source order:
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
///         /// The number of nights.
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
///     // Not a tool: it has no `#[tool]`.
///     fn check(&self, nights: u32) -> Result<(), ToolError> {
///         if nights > 14 { Err(ToolError::visible("At most 14 nights.")) } else { Ok(()) }
///     }
/// }
///
/// let hotels = Hotels { city: "Porto".to_owned() };
/// let tools = Toolset::new(hotels);
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["book", "rooms"]);
/// ```
///
/// The rules of [`macro@tool`] also apply to methods: parameters, `#[state]` and `#[context]`,
/// return types, errors and settings. The receiver is `&self`, because calls run concurrently;
/// put data that changes in a `Mutex`. A function without a receiver can also be a tool.
/// `Toolset::from_arc` takes a value that is shared by an `Arc`.
///
/// To use several values of one type, give each a prefix:
/// `Toolset::new(porto).prefix("porto_")`.
///
/// # Settings
///
/// The settings of the block are the defaults of its tools:
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
/// # assert_eq!(Toolset::new(Hotels).names().collect::<Vec<_>>(), ["hotel_rooms", "hotel_book"]);
/// ```
///
/// - `prefix = "hotel_"` is prepended to all names, including those of `#[tool(name = "…")]`.
/// - `group`, `read_only`, `idempotent`, `approval`, `sequential`, `concurrency`, `timeout`,
///   `errors`, `max_result_bytes`, `coerce` and `strict` have the meaning that [`macro@tool`]
///   documents.
/// - `part = 2` numbers a further block of the same type, see below.
/// - `crate = path` is the path of the `callsign` crate, if it has another name.
///
/// # Supported blocks
///
/// Blocks without `#[toolset]` are not affected. If several blocks have tools, number those after
/// the first one. `Toolset::new` returns the tools of all of them, in the order of the numbers:
///
/// ```
/// # use callsign::prelude::*;
/// # struct Hotels;
/// #[toolset]
/// impl Hotels {
///     /// Lists the rooms.
///     #[tool]
///     fn rooms(&self) {}
/// }
///
/// #[toolset(part = 2, group = "bookings")]
/// impl Hotels {
///     /// Books a room.
///     #[tool]
///     fn book(&self) {}
/// }
/// # assert_eq!(Toolset::new(Hotels).names().collect::<Vec<_>>(), ["rooms", "book"]);
/// ```
///
/// A block can be generic if its types are `'static`: `impl<T: Store + 'static> Hotels<T>`. It is
/// then the only one with tools. A block can't implement a trait: write methods that call the
/// trait's.
///
/// `registered_tools()` does not contain the methods, because they need a value.
#[proc_macro_attribute]
pub fn toolset(attributes: TokenStream, item: TokenStream) -> TokenStream {
    toolset::toolset(attributes.into(), item.into()).into()
}

/// Makes a struct a tool, with its fields as the arguments.
///
/// The tool calls the struct's `call` method:
///
/// ```
/// use callsign::prelude::*;
///
/// /// Books a table in a restaurant.
/// #[derive(Tool)]
/// #[tool(timeout = "10s")]
/// struct BookTable {
///     /// The number of guests.
///     guests: u32,
///     /// The hour, as in `19:30`.
///     time: Option<String>,
/// }
///
/// impl BookTable {
///     async fn call(self, context: &Context) -> Result<String, ToolError> {
///         if self.guests > 12 {
///             return Err(ToolError::visible("At most 12 guests."));
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
/// The doc comment is the tool's description. The tool's name is the struct's name in
/// `snake_case`. The attributes of serde and schemars work on the fields, and neither crate needs
/// to be a dependency. The rules of [`macro@tool`] for arguments apply to the fields, and those for
/// return types and errors to the method. `#[tool(…)]` with settings belongs below the derive.
///
/// The method can be `async`. If it is not, it runs on a thread for blocking work. It takes `self`,
/// `&self` or `&mut self`, and the context of the call. `context.state::<T>()` returns the agent's
/// state, `context.context::<T>()` the run's context value. Neither is checked before the call,
/// unlike `#[state]` and `#[context]` parameters.
#[proc_macro_derive(Tool, attributes(tool, serde, schemars, state, context))]
pub fn derive_tool(item: TokenStream) -> TokenStream {
    derive::derive(item.into()).into()
}
