//! [`ChatModel`]: a model behind a chat-completions endpoint.

use std::fmt;
use std::sync::Arc;

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::request::Request;
use reqwest::Url;

use super::builder::ChatModelBuilder;
use super::environment;
use super::reply;
use crate::connection::link::Link;
use crate::endpoint::address::Endpoint;

/// A model behind a chat-completions endpoint, over HTTP.
///
/// A clone is cheap and shares the connections.
///
/// ```no_run
/// use callsign_core::traits::model::ModelExt;
/// use callsign_models::chat::model::ChatModel;
///
/// # async fn ask() -> Result<(), callsign_core::words::error::Error> {
/// let model = ChatModel::builder("http://127.0.0.1:1234/v1").model("qwen3-8b").build()?;
/// let reply = model.complete("How many languages are in the world?").await?;
/// println!("{}", reply.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ChatModel(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) link: Link,
    pub(super) url: Url,
    pub(super) streaming: bool,
    pub(super) name: String,
}

impl ChatModel {
    /// The model that the environment names.
    ///
    /// `AZURE_INFERENCE_ENDPOINT`, `AZURE_INFERENCE_CREDENTIAL` (a key) and, where the endpoint
    /// serves more than one, `AZURE_INFERENCE_MODEL`; where the first is not set, the same of
    /// `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_MODEL`. An empty variable counts as none.
    ///
    /// An endpoint under Azure's name that is at no address of Azure's and does not end in `/v1`
    /// is taken for Azure AI Model Inference behind a gateway. An `OPENAI_API_KEY` without a base
    /// URL speaks for OpenAI's own service.
    ///
    /// # Errors
    /// A configuration error that names the variables where none is set, and as
    /// [`build`](ChatModelBuilder::build).
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env()?.build()
    }

    /// Begins the model that the environment names, as [`from_env`](Self::from_env) reads it, so
    /// that some of it can be said otherwise.
    ///
    /// # Errors
    /// A configuration error that names the variables where none is set.
    pub fn builder_from_env() -> Result<ChatModelBuilder, Error> {
        environment::builder(|name| std::env::var(name).ok())
    }

    /// Begins a model at this address, of which [`Endpoint::parse`] says what it may look like.
    pub fn builder(endpoint: impl Into<String>) -> ChatModelBuilder {
        ChatModelBuilder::new(endpoint.into())
    }

    /// Where the model is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.link.endpoint
    }
}

impl Model for ChatModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        reply::stream(self.0.clone(), request)
    }

    fn name(&self) -> &str {
        &self.0.name
    }
}

impl fmt::Debug for ChatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatModel")
            .field("endpoint", &self.0.link.endpoint)
            .field("model", &self.0.link.model)
            .field("streaming", &self.0.streaming)
            .finish_non_exhaustive()
    }
}
