//! Middleware around tools and models.

pub use callsign_core::middleware::fallback::Fallback;
pub use callsign_core::middleware::model::{ModelMiddleware, NextModel};
pub use callsign_core::middleware::rate_limit::RateLimit;
pub use callsign_core::middleware::retry::Retry;
pub use callsign_core::middleware::text_format::{TextReasoning, TextToolCalls};
pub use callsign_core::middleware::tool::{
    NextTool, ToolInvocation, ToolMiddleware, ToolMiddlewareExt,
};
pub use callsign_types::retry::policy::RetryPolicy;
