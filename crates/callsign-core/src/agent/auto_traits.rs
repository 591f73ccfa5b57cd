//! Static assertions about `Send` and `Sync`, which applications rely on.

use crate::agent::agent::Agent;
use crate::agent::builder::AgentBuilder;
use crate::agent::conversation::Conversation;
use crate::agent::conversations::Conversations;
use crate::agent::output::output::Output;
use crate::agent::output::output_run::OutputRun;
use crate::agent::run_builder::RunBuilder;
use crate::memory::MemoryStore;
use crate::run::cancel_handle::CancelHandle;
use crate::run::reply::Reply;
use crate::run::run::Run;
use crate::toolset::toolset::Toolset;

const fn assert_send<T: Send>() {}
const fn assert_send_sync<T: Send + Sync>() {}

const _: () = {
    assert_send_sync::<Agent>();
    assert_send_sync::<Conversation>();
    assert_send_sync::<CancelHandle>();
    assert_send_sync::<MemoryStore>();
    assert_send_sync::<Reply>();
    assert_send_sync::<Toolset>();
    assert_send::<AgentBuilder>();
    assert_send::<Conversations>();
    assert_send::<Output<u8>>();
    assert_send::<OutputRun<u8>>();
    assert_send::<Run>();
    assert_send::<RunBuilder>();
};
