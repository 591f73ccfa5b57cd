//! The macros with the `callsign` crate under another name.

use crate::call;

mod vendor {
    pub(super) use callsign as agents;
}

use vendor::agents;

/// A place.
#[agents::data(crate = agents)]
struct Place {
    name: String,
}

/// Takes a type of the renamed crate.
#[agents::tool(crate = crate::renamed::vendor::agents)]
fn visit(place: Place, #[serde(default)] days: u32) -> Place {
    Place { name: format!("{} {days}", place.name) }
}

#[tokio::test]
async fn macros_accept_the_path_of_the_crate() {
    let tool = &agents::tools![visit][0];
    let answer = call(tool, r#"{"place":{"name":"Porto"}}"#).await.unwrap();
    assert_eq!(answer, r#"{"name":"Porto 0"}"#);
}
