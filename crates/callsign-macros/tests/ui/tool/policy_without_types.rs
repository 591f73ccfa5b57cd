use callsign::prelude::*;

fn policies(builder: callsign::AgentBuilder) {
    let _ = builder.policy(|call, _| Verdict::Deny(call.tool.name().to_owned()));
}

fn main() {
    let _ = policies;
}
