//! The function beside the tool: as it was written, wherever it stands.

use callsign::{tool, tools};

use crate::call;

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

/// Has a name that is a keyword.
#[tool]
fn r#move(r#type: u32) -> u32 {
    r#type
}

mod weather {
    use callsign::tool;

    /// Tells the weather, in a module of its own name.
    #[tool]
    pub(super) fn weather(city: String) -> String {
        city
    }

    pub(super) mod deeper {
        /// Tells the wind; its attribute is named by a path.
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
async fn the_function_is_called_as_before() {
    const FOUR: u32 = double(2);
    assert_eq!(FOUR, 4);
    assert_eq!(greet("Ada", None).await, "Hello, Ada");
    assert_eq!(r#move(3), 3);
}

#[tokio::test]
async fn a_tool_is_named_by_any_path() {
    let tools = tools![weather::weather, weather::deeper::wind, imported::wind, r#move];
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name()).collect();
    assert_eq!(names, ["weather", "wind", "wind", "move"]);
    assert_eq!(call(&tools[0], r#"{"city":"Porto"}"#).await.unwrap(), "Porto");
    assert_eq!(call(&tools[3], r#"{"type":3}"#).await.unwrap(), "3");
}

#[tokio::test]
async fn a_tool_stands_in_a_function_with_its_types() {
    #[callsign::data]
    struct Place {
        name: String,
    }

    fn nowhere() -> Place {
        Place { name: "nowhere".to_owned() }
    }

    /// Takes a type of this function.
    #[tool]
    fn local(#[serde(default = "nowhere")] place: Place) -> String {
        place.name
    }

    let tool = &tools![local][0];
    assert_eq!(call(tool, "{}").await.unwrap(), "nowhere");
    assert_eq!(call(tool, r#"{"place":{"name":"Porto"}}"#).await.unwrap(), "Porto");
}

#[tokio::test(flavor = "current_thread")]
async fn what_blocks_does_not_hold_up_the_runtime() {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};

    /// Waits for what only another task can send.
    #[tool]
    fn wait(#[state] receiver: &Mutex<Receiver<u32>>) -> u32 {
        receiver.lock().expect("nobody panics").recv().expect("a number")
    }

    let (sender, receiver): (Sender<u32>, _) = channel();
    let states = callsign::States::default().with(Arc::new(Mutex::new(receiver)));
    let tool = &tools![wait][0];
    let (answer, ()) = tokio::join!(crate::call_with(tool, states, "{}"), async {
        tokio::task::yield_now().await;
        sender.send(3).expect("somebody waits");
    });
    assert_eq!(answer.unwrap(), "3");
}
