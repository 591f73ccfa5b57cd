//! [`ChatModel`]: a model behind a chat-completions endpoint.

use std::fmt;
use std::sync::{Arc, OnceLock};

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::traits::model::{Model, ModelIdentity, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::request::{Request, ToolDefinition};
use url::Url;

use super::builder::ChatModelBuilder;
use super::environment;
use super::preview::Preview;
use super::reply;
use crate::around::retry::RetryPolicy;
use crate::connection::link::Link;
use crate::connection::target::Target;
use crate::endpoint::address::Endpoint;
use crate::failure::place::Place;
use crate::routes::embeddings::model::EmbeddingModel;
use crate::routes::info::{self, ModelInfo};
use crate::wire::encode::Body;
use crate::wire::grown::Bodies;
use crate::wire::schema::dialect;

/// A model behind a chat-completions endpoint, over HTTP.
///
/// A clone is cheap and shares the connections.
///
/// HTTP proxies that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, and
/// `NO_PROXY` for what is near) are in between, except for what is on this very machine. Redirects
/// are not followed.
///
/// A request that fails within half a second because its connection was dead, before anything of
/// an answer came, is sent once more on another: servers close connections that lie idle. This
/// second sending has the same `x-ms-client-request-id`, and does not count among the tries of a
/// [`Retry`](crate::around::retry::Retry), so that a service may see up to twice as many.
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
    pub(super) link: Arc<Link>,
    /// What the service has told of the model.
    pub(super) info: OnceLock<ModelInfo>,
    pub(super) url: Url,
    /// The same, as requests need it.
    pub(super) target: Target,
    pub(super) streaming: bool,
    pub(super) name: String,
    pub(super) answer_format: AnswerFormat,
    /// Whether a streamed request may ask for its usage.
    pub(super) stream_options: bool,
    pub(super) bodies: Bodies,
    /// What an error has to know of each request, but for its id.
    pub(super) place: Place,
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
    /// Where one of Azure's services is named without a key, the model signs in with Microsoft
    /// Entra ID, as `Entra::from_env` of the feature `entra` says; `AZURE_INFERENCE_TOKEN_SCOPE`
    /// sets a scope other than the profile's.
    ///
    /// # Errors
    /// A configuration error that names the variables where none is set, and that names the
    /// missing key where one of Azure's services is named without it and without the feature
    /// `entra`; and as [`build`](ChatModelBuilder::build).
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

    /// What the model is, as the service says. It is asked until it has answered once: by each
    /// call one time, and by [`Retry::info`](crate::around::retry::Retry::info) again where it
    /// failed.
    ///
    /// # Errors
    /// Not found where the endpoint has no such route, as most have none; else as the service or
    /// the connection fails.
    pub async fn info(&self) -> Result<&ModelInfo, Error> {
        self.0.info(&RetryPolicy::once()).await
    }

    /// The same endpoint and model, for embeddings. They are asked for once;
    /// [`retry`](EmbeddingModel::retry) is what asks again.
    #[must_use]
    pub fn embeddings(&self) -> EmbeddingModel {
        EmbeddingModel::new(self.0.link.clone())
    }
}

impl ChatModel {
    /// The very request that [`stream`](Model::stream) would send for this one, without sending
    /// it. Where the request has no id of its own, the id in it is a new one each time.
    ///
    /// # Errors
    /// An invalid request that can't be written as JSON.
    pub fn preview(&self, request: &Request) -> Result<Preview, Error> {
        Preview::new(&self.0, request)
    }
}

impl Inner {
    /// What the model is, asked for as this policy says unless the service has told before.
    pub(super) async fn info(&self, policy: &RetryPolicy) -> Result<&ModelInfo, Error> {
        if let Some(known) = self.info.get() {
            return Ok(known);
        }
        let told = info::fetch(&self.link, policy).await?;
        Ok(self.info.get_or_init(|| told))
    }

    /// The body of this request.
    pub(super) fn wire<'a>(&'a self, request: &'a Request) -> Body<'a> {
        Body {
            request,
            profile: self.link.endpoint.profile(),
            model: self.link.model.as_deref(),
            streaming: self.streaming,
            stream_options: self.stream_options,
        }
    }

    /// What an error has to know of this request, under its id or a new one.
    pub(super) fn place(&self, request: &Request) -> Place {
        let id = request.client_request_id.as_deref();
        let request_id = id.map_or_else(|| self.link.request_ids.mint(), str::to_owned);
        Place { request_id, ..self.place.clone() }
    }
}

impl Model for ChatModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        reply::stream(self.0.clone(), request)
    }

    fn name(&self) -> &str {
        &self.0.name
    }

    fn answer_format(&self) -> AnswerFormat {
        self.0.answer_format
    }

    fn identity(&self) -> ModelIdentity<'_> {
        let Link { model, endpoint, .. } = &*self.0.link;
        ModelIdentity::new(model.as_deref(), endpoint.profile().provider.as_deref())
    }

    /// Whether the endpoint's profile has a form for each tool's schema.
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        dialect::check(tools, self.0.link.endpoint.profile())
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
