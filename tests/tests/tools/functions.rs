//! `#[tool]` leaves the function unchanged, in every position.

use callsign::tool::Extensions;
use callsign::{tool, tools};

use crate::{call, call_with};

/// Doubles a number.
#[tool]
const fn double(number: u32) -> u32 {
    number * 2
}

/// Greets.
#[tool]
async fn greet(name: &str, mut greeting: Option<String>) -> String {
    format!("{}, {name}", greeting.get_or_insert_with(|| "Hello".to_owned()))
}

/// Has a keyword as its name.
#[tool]
fn r#move(r#type: u32) -> u32 {
    r#type
}

mod weather {
    use callsign::tool;

    /// Returns the weather, in a module with the same name.
    #[tool]
    pub(super) fn weather(city: String) -> String {
        city
    }

    pub(super) mod deeper {
        /// Returns the wind. The attribute is written as a path.
        #[callsign::tool]
        pub(in crate::functions) fn wind() -> u32 {
            4
        }
    }
}

mod imported {
    pub(super) use super::weather::deeper::wind;
}

#[tokio::test]
async fn tool_functions_stay_callable() {
    const FOUR: u32 = double(2);
    assert_eq!(FOUR, 4);
    assert_eq!(greet("Ada", None).await, "Hello, Ada");
    assert_eq!(r#move(3), 3);
}

#[tokio::test]
async fn tools_are_named_by_any_path() {
    let tools = tools![weather::weather, weather::deeper::wind, imported::wind, r#move];
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name()).collect();
    assert_eq!(names, ["weather", "wind", "wind", "move"]);
    assert_eq!(call(&tools[0], r#"{"city":"Porto"}"#).await.unwrap(), "Porto");
    assert_eq!(call(&tools[3], r#"{"type":3}"#).await.unwrap(), "3");
}

#[tokio::test]
async fn tools_can_be_local_to_a_function() {
    #[callsign::data]
    struct City {
        name: String,
    }

    fn nowhere() -> City {
        City { name: "nowhere".to_owned() }
    }

    /// Takes a local type.
    #[tool]
    fn local(#[serde(default = "nowhere")] city: City) -> String {
        city.name
    }

    let tool = &tools![local][0];
    assert_eq!(call(tool, "{}").await.unwrap(), "nowhere");
    assert_eq!(call(tool, r#"{"city":{"name":"Porto"}}"#).await.unwrap(), "Porto");
}

#[tokio::test(flavor = "current_thread")]
async fn blocking_tools_do_not_block_the_runtime() {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};

    /// Waits for a number that another task sends.
    #[tool]
    fn wait(#[state] receiver: &Mutex<Receiver<u32>>) -> u32 {
        receiver.lock().expect("no panic").recv().expect("a number")
    }

    let (sender, receiver): (Sender<u32>, _) = channel();
    let state = Extensions::default().with(Arc::new(Mutex::new(receiver)));
    let tool = &tools![wait][0];
    let (answer, ()) = tokio::join!(call_with(tool, state, "{}"), async {
        tokio::task::yield_now().await;
        sender.send(3).expect("the tool waits");
    });
    assert_eq!(answer.unwrap(), "3");
}
