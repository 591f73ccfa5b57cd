use callsign::AgentBuilder;
use callsign::prelude::*;

/// Searches.
#[tool]
fn search() {}

fn helper() {}

struct Hotels;

#[toolset]
impl Hotels {
    /// Lists the rooms.
    #[tool]
    fn rooms(&self) {}
}

fn builder() -> AgentBuilder {
    loop {}
}

fn main() {
    let _ = Agent::builder("gpt-4o");
    let _ = builder().tools([search]);
    let _ = builder().tools(Hotels);
    let _ = builder().tools(vec![tools![search], tools![search]]);
    let _ = builder().tool(search);
    let _ = builder().tool(Hotels);
    let _ = tools![helper];
    let _ = tools![nowhere];
}
