//! Agents, conversations, runs, approvals, structured output and compaction.

pub use callsign_core::agent::agent::Agent;
pub use callsign_core::agent::agent_tool::AgentTool;
pub use callsign_core::agent::approvals::Approvals;
pub use callsign_core::agent::builder::AgentBuilder;
pub use callsign_core::agent::conversation::{Conversation, Receipt};
pub use callsign_core::agent::conversations::{ApprovalPage, Conversations};
pub use callsign_core::agent::handoff::Handoff;
pub use callsign_core::agent::instructions::{InstructionsText, IntoInstructions};
pub use callsign_core::agent::output::output::{Output, OutputWithReply};
pub use callsign_core::agent::output::output_reply::OutputReply;
pub use callsign_core::agent::output::output_run::{OutputEvent, OutputRun};
pub use callsign_core::agent::output::typed_output::TypedOutput;
pub use callsign_core::agent::paused::Paused;
pub use callsign_core::agent::run_builder::RunBuilder;
pub use callsign_core::compaction::clear_results::ClearResults;
pub use callsign_core::compaction::keep_last::KeepLast;
pub use callsign_core::compaction::summarize::Summarize;
pub use callsign_core::run::active_runs::ConcurrencyPolicy;
pub use callsign_core::run::cancel_handle::CancelHandle;
pub use callsign_core::run::reply::calls::CallWithResult;
pub use callsign_core::run::reply::{Outcome, Reply};
pub use callsign_core::run::run::Run;
pub use callsign_types::approval::{ApprovalDecision, ApprovalRequest, CallSite, Decision};
pub use callsign_types::error::{BoxError, Error, ErrorKind, PartialRun};
pub use callsign_types::event::{
    Event, RetryNotice, SubAgentEvent, SubAgentResult, ToolCallDelta, ToolCallEnded,
    ToolCallStarted, ToolProgress,
};
pub use callsign_types::journal::compaction::Compaction;
pub use callsign_types::limits::{LimitKind, Limits};
pub use callsign_types::tool_status::ToolCallStatus;
pub use callsign_types::traits::compactor::Compactor;
pub use callsign_types::traits::policy::{PendingToolCall, Policy, Verdict};
pub use callsign_types::traits::policy_fn::{IntoVerdict, PolicyClosure, policy_fn};
pub use callsign_types::traits::run_context::RunContext;
