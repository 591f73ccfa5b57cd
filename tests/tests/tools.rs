//! `#[tool]`, called as an agent calls it.
#![allow(missing_docs)]

use callsign::{Context, States, ToolError, data, tool, tools};
use callsign::Arguments;

#[data]
#[derive(Debug)]
pub struct Flight { number: String, seats: u32 }

pub struct Timetable(String);

/// Next flight.
#[tool(group = "flights", idempotent)]
async fn get_flight_info(
    /// The origin city.
    origin_city: String,
    #[serde(rename = "class")] cabin: Option<String>,
    r#type: Vec<String>,
    ctx: &Context,
    #[state] t: &Timetable,
) -> Result<Flight, ToolError> {
    tokio::task::yield_now().await;
    let _ = (ctx, cabin, r#type);
    Ok(Flight { number: format!("{}{origin_city}", t.0), seats: 3 })
}

/// Sync.
#[tool]
fn greet(name: &str) -> String { format!("hi {name}") }

#[tokio::test]
async fn happy() {
    for tool in tools![get_flight_info, greet] {
        let ctx = Context::detached(States::default().with(std::sync::Arc::new(Timetable("DL".into()))));
        eprintln!("{:?}", tool.spec());
        eprintln!("{:?}", tool.call(ctx, Arguments::new(r#"{"origin_city":"M","type":[],"name":"x"}"#)).await);
        let ctx = Context::detached(States::default().with(std::sync::Arc::new(Timetable("DL".into()))));
        eprintln!("{:?}", tool.call(ctx, Arguments::new(r#"{"name":"x"}"#)).await);
        let ctx = Context::detached(States::default().with(std::sync::Arc::new(Timetable("DL".into()))));
        eprintln!("{:?}", tool.call(ctx, Arguments::new(r#"{"origin_city":"M","type":[]}"#)).await);
    }
}
