//! Static assertions about `Send` and `Sync`, which applications rely on.

use crate::{
    approval, content, error, event, finish_reason, id, journal, limits, message, messages,
    pricing, repair, request, retry, sanitize, tool_status, traits, usage,
};

const fn assert_send<T: ?Sized + Send>() {}
const fn assert_send_sync<T: ?Sized + Send + Sync>() {}

macro_rules! send_sync {
    ($($type:ty),* $(,)?) => {
        const _: () = {
            $(assert_send_sync::<$type>();)*
        };
    };
}

send_sync!(
    approval::ApprovalRequest,
    approval::Decision,
    content::Content,
    error::Error,
    error::PartialRun,
    event::Event,
    event::ModelEvent,
    event::ModelResponse,
    finish_reason::FinishReason,
    id::AppendId,
    id::CallIndex,
    id::ConversationId,
    id::JournalKey,
    journal::compaction::Compaction,
    journal::entry::Entry,
    limits::Limits,
    message::Message,
    messages::IntoIter,
    messages::Iter<'static>,
    messages::Messages,
    pricing::Cost,
    pricing::PriceTable,
    repair::Repair,
    request::Request,
    retry::policy::RetryPolicy,
    sanitize::Repaired,
    tool_status::LateToolResult,
    usage::Usage,
);

send_sync!(
    dyn traits::compactor::Compactor,
    dyn traits::conversation_index::ConversationIndex,
    dyn traits::model::Model,
    dyn traits::model::ToolCheck,
    dyn traits::policy::Policy,
    dyn traits::store::Store,
    dyn traits::tool::Tool,
    traits::context::Context,
    traits::conversation_index::ConversationPage,
    traits::conversation_index::ConversationQuery,
    traits::events::EventCallback,
    traits::extensions::Extensions,
    traits::metered_model::MeteredModel,
    traits::model::ModelInfo<'static>,
    traits::policy::PendingToolCall,
    traits::policy::Verdict,
    traits::run_context::RunContext,
    traits::store::ConversationLock,
    traits::store::InboxItem,
    traits::store::StoreError,
    traits::tool::Arguments,
    traits::tool::Predicate,
    traits::tool::ToolOutput,
    traits::tool::ToolSpec,
    traits::tool_error::ToolError,
);

// A stream and a call move between threads, but only one at a time polls them.
const _: () = {
    assert_send::<traits::model::ModelStream<'static>>();
    assert_send::<traits::tool::ToolFuture>();
};
