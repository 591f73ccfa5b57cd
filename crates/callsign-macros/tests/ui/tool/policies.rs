use callsign::AgentBuilder;
use callsign::agent::{BoxError, Policy};
use callsign::prelude::*;

fn builder() -> AgentBuilder {
    loop {}
}

struct AllowAll;

#[callsign::async_trait]
impl Policy for AllowAll {
    async fn judge(&self, _: &PendingToolCall, _: &Context) -> Result<Verdict, BoxError> {
        Ok(Verdict::Allow)
    }
}

fn main() {
    let _ = builder().policy(|_, _| async { Verdict::Allow });
    let _ = builder().policy(|_| Verdict::Allow);
    let _ = builder().policy("allow");
    let _ = builder().policy(AllowAll);
    let _ = builder().add_policy("allow");
    let _ = builder().add_policy(policy_fn(|_, _| async { true }));
}
