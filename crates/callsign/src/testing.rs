//! Test doubles, servers for tests, and the conformance suite for stores.

pub use callsign_core::agent::replay::ReplayEveryStep;
pub use callsign_practice::{PracticeModel, PracticeModelBuilder};
pub use callsign_testkit::conformance;
pub use callsign_testkit::delegating_store::operations::{
    DelegatedAppend, DelegatedDelivery, DelegatedInbox, DelegatedLoad, DelegatedLock,
};
#[doc(hidden)]
pub use callsign_testkit::shared_file;
pub use callsign_testkit::{
    DelegatingStore, FaultAt, FaultReply, FaultRequest, FaultServer, ReplayServer, ReplayStep,
    ReplayedRequest, ScriptedModel, ScriptedReply, check_sendable,
};
