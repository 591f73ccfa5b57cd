//! Models: the [`Model`] trait, requests, responses and messages; models over HTTP.

#[cfg(feature = "http")]
pub use callsign_models::auth::cache::CachedTokens;
#[cfg(feature = "http")]
pub use callsign_models::auth::source::{Token, TokenSource};
#[cfg(feature = "http")]
pub use callsign_models::chat::builder::ChatModelBuilder;
#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "http")]
pub use callsign_models::chat::preview::Preview;
#[cfg(feature = "http")]
pub use callsign_models::endpoint::address::Endpoint;
#[cfg(feature = "http")]
pub use callsign_models::endpoint::profile::{
    CallContent, KeyHeaders, Profile, SeedField, TokenLimit,
};
#[cfg(feature = "entra")]
pub use callsign_models::entra::identity::Entra;
#[cfg(feature = "http")]
pub use callsign_models::import::export::export_messages;
#[cfg(feature = "http")]
pub use callsign_models::import::history::{Imported, import_json, import_messages};
#[cfg(feature = "http")]
pub use callsign_models::media::audio::Audio;
#[cfg(feature = "http")]
pub use callsign_models::media::image::Image;
#[cfg(feature = "http")]
pub use callsign_models::response_ext::content_filter::{
    ContentFilterResults, FilterCategories, FilterCategory, Severity,
};
#[cfg(feature = "http")]
pub use callsign_models::response_ext::log_probabilities::{LogProbabilities, TokenProbability};
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::model::EmbeddingModel;
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::reply::{Embedding, Embeddings};
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::request::{
    EmbeddingImage, EmbeddingInput, EmbeddingRequest, EncodingFormat, InputType,
};
#[cfg(feature = "http")]
pub use callsign_models::routes::info::{EndpointInfo, ModelType};
pub use callsign_types::content::{Content, Part};
pub use callsign_types::event::{
    ModelEvent, ModelResponse, ResponseEnd, RetryNotice, ToolCallDelta,
};
pub use callsign_types::finish_reason::FinishReason;
pub use callsign_types::journal::entry::OutputMode;
pub use callsign_types::message::{
    AssistantMessage, Message, TextMessage, ToolCall, ToolMessage, UserMessage,
};
pub use callsign_types::messages::Messages;
pub use callsign_types::pricing::{Cost, Price, PriceTable};
pub use callsign_types::repair::Repair;
pub use callsign_types::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};
pub use callsign_types::text_format::{CallSyntax, ReasoningTags, TextFormat};
pub use callsign_types::traits::metered_model::MeteredModel;
pub use callsign_types::traits::model::{Model, ModelExt, ModelInfo, ModelStream, ToolCheck};
pub use callsign_types::usage::Usage;
