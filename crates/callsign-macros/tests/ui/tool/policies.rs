use callsign::AgentBuilder;
use callsign::prelude::*;

fn builder() -> AgentBuilder {
    loop {}
}

fn main() {
    let _ = builder().policy(|_, _| Verdict::Allow);
    let _ = builder().policy(|_: &PendingToolCall, _: &Context| async { Verdict::Allow });
    let _ = builder().policy("allow");
    let _ = builder().policy(policy_fn(|_, _| async { true }));
}
