//! [`ChatModel`]: a chat-completions model over HTTP.

use std::fmt;
use std::sync::{Arc, OnceLock};

use callsign_types::error::Error;
use callsign_types::event::ModelEvent;
use callsign_types::journal::entry::OutputMode;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::retry::stream::with_retries;
use callsign_types::text_format::parse_events;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream, ToolCheck};
use futures_util::TryStreamExt;
use url::Url;

use super::builder::ChatModelBuilder;
use super::environment;
use super::preview::Preview;
use super::response;
use crate::endpoint::address::Endpoint;
use crate::error::request_info::RequestInfo;
use crate::routes::embeddings::model::EmbeddingModel;
use crate::routes::info::{self, EndpointInfo};
use crate::transport::exchange::EndpointClient;
use crate::transport::target::RequestTarget;
use crate::wire::body_cache::BodyCache;
use crate::wire::encode::RequestBody;
use crate::wire::schema::dialect;
use crate::wire::schema::nulls::remove_strict_nulls;

/// A chat-completions model over HTTP.
///
/// Clones are cheap and share the connections.
///
/// HTTP proxies from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, with exceptions in
/// `NO_PROXY`) are used, except for endpoints on this machine. Redirects are not followed.
///
/// A request that fails is sent again up to twice, as the official SDKs do: after a rate limit, a
/// server error, a timeout, a transport error or a response that breaks off, with the delay that the
/// provider asks for. A response that has begun is requested again only if no subscriber has
/// received a part of it. [`retry`](ChatModelBuilder::retry) changes or turns off retries. If the
/// `Retry` middleware wraps the model, its policy replaces the model's.
///
/// In two cases, a request is sent again at once and without counting as an attempt, at most once
/// each: if the server had closed the reused connection
/// ([`resend_on_closed_connection`](ChatModelBuilder::resend_on_closed_connection)), and if it
/// rejects a token and the token source has another one
/// ([`renew`](crate::auth::source::TokenSource::renew)). All of these requests have the same
/// `x-ms-client-request-id`.
///
/// ```no_run
/// use callsign_types::traits::model::ModelExt;
/// use callsign_models::chat::model::ChatModel;
///
/// # async fn ask() -> Result<(), callsign_types::error::Error> {
/// let model = ChatModel::builder("http://127.0.0.1:1234/v1").model("qwen3-8b").build()?;
/// let reply = model.complete("How many languages are in the world?").await?;
/// println!("{}", reply.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ChatModel(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) client: Arc<EndpointClient>,
    /// The response of `/info`.
    pub(super) info: OnceLock<EndpointInfo>,
    pub(super) url: Url,
    /// `url` in the forms that requests need.
    pub(super) target: RequestTarget,
    pub(super) streaming: bool,
    pub(super) name: String,
    pub(super) output_mode: OutputMode,
    /// When a request is sent again.
    pub(super) retry: RetryPolicy,
    /// Whether streamed requests may send `stream_options`.
    pub(super) stream_options: bool,
    pub(super) bodies: BodyCache,
    /// The details for error messages of each request, except its id.
    pub(super) request_info: RequestInfo,
}

impl ChatModel {
    /// Creates the model that the environment variables configure.
    ///
    /// Reads `AZURE_INFERENCE_ENDPOINT`, `AZURE_INFERENCE_CREDENTIAL` (a key) and, if the endpoint
    /// serves several models, `AZURE_INFERENCE_MODEL`. If the first is not set, reads
    /// `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_MODEL`. Empty variables count as unset.
    ///
    /// An `AZURE_INFERENCE_ENDPOINT` that is not an Azure address and does not end in `/v1` is
    /// treated as a gateway to Azure AI Model Inference. An `OPENAI_API_KEY` without a base URL
    /// selects OpenAI's public endpoint.
    ///
    /// If an Azure endpoint is set without a key, the model signs in with Microsoft Entra ID
    /// (feature `entra`, see `Entra::from_env`). `AZURE_INFERENCE_TOKEN_SCOPE` replaces the
    /// profile's scope.
    ///
    /// # Errors
    /// Returns a configuration error that names the variables if
    /// - no endpoint is configured,
    /// - an Azure endpoint is set without a key and without the feature `entra`, or
    /// - [`build`](ChatModelBuilder::build) fails.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env()?.build()
    }

    /// Returns a builder with the settings of [`from_env`](Self::from_env), which can be changed
    /// before building.
    ///
    /// # Errors
    /// Returns a configuration error that names the variables if no endpoint is configured.
    pub fn builder_from_env() -> Result<ChatModelBuilder, Error> {
        environment::builder(|name| std::env::var(name).ok())
    }

    /// Returns a builder for a model at `endpoint`; see [`Endpoint::parse`] for the supported
    /// addresses.
    pub fn builder(endpoint: impl Into<String>) -> ChatModelBuilder {
        ChatModelBuilder::new(endpoint.into())
    }

    /// Returns the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.client.endpoint
    }

    /// Returns the model's description from the endpoint's `/info` route.
    ///
    /// The first successful response is kept, and later calls return it without a request. A
    /// failed request is sent again as the model's [retry policy](ChatModelBuilder::retry) says;
    /// [`endpoint_info_with`](Self::endpoint_info_with) takes another one.
    ///
    /// # Errors
    /// Returns a *not found* error if the endpoint has no such route, as is the case for most
    /// providers. Other errors are those of the request.
    pub async fn endpoint_info(&self) -> Result<&EndpointInfo, Error> {
        self.endpoint_info_with(&self.0.retry).await
    }

    /// Returns the model's description from the endpoint's `/info` route, retrying as `policy`
    /// says.
    ///
    /// # Errors
    /// Returns the error of the last attempt, as [`endpoint_info`](Self::endpoint_info) does.
    pub async fn endpoint_info_with(&self, policy: &RetryPolicy) -> Result<&EndpointInfo, Error> {
        let inner = &*self.0;
        if let Some(known) = inner.info.get() {
            return Ok(known);
        }
        let received = info::fetch(&inner.client, policy).await?;
        Ok(inner.info.get_or_init(|| received))
    }

    /// Returns an embedding model at the same endpoint, with the same model name and the same retry
    /// policy, which [`retry`](EmbeddingModel::retry) replaces.
    #[must_use]
    pub fn embeddings(&self) -> EmbeddingModel {
        EmbeddingModel::new(self.0.client.clone(), self.0.retry.clone())
    }
}

impl ChatModel {
    /// Returns the request that [`stream`](Model::stream) would send for `request`, without sending
    /// it. A request without an id gets a new one each time.
    ///
    /// # Errors
    /// Returns an *invalid request* error if the request cannot be serialized as JSON. Returns a
    /// configuration error if the profile's `extra_parameters` is not a valid header value.
    pub fn preview(&self, request: &Request) -> Result<Preview, Error> {
        Preview::new(&self.0, request)
    }
}

impl Inner {
    /// Returns the body of a request.
    pub(super) fn body<'a>(&'a self, request: &'a Request) -> RequestBody<'a> {
        RequestBody {
            request,
            profile: self.client.endpoint.profile(),
            model: self.client.model.as_deref(),
            streaming: self.streaming,
            stream_options: self.stream_options,
        }
    }

    /// Returns the details for error messages of `request`, with its id or a new one.
    pub(super) fn request_info(&self, request: &Request) -> RequestInfo {
        let id = request.client_request_id.as_deref();
        let request_id = id.map_or_else(|| self.client.request_ids.next_id(), str::to_owned);
        RequestInfo { request_id, ..self.request_info.clone() }
    }
}

impl ChatModel {
    /// Sends a request once. Reasoning and tool calls that the model writes into its text are taken
    /// out of it, if the profile says so.
    fn attempt(&self, request: Request) -> ModelStream<'_> {
        let profile = self.0.client.endpoint.profile();
        let Some(parser) = parse_events(&profile.text_format, &request) else {
            return response::stream(self.0.clone(), request);
        };
        let tools = request.tools.clone();
        let events = parser.stream(response::stream(self.0.clone(), request));
        Box::pin(events.map_ok(move |mut event| {
            if let ModelEvent::ToolCall(call) = &mut event {
                remove_strict_nulls(call, &tools, profile);
            }
            event
        }))
    }
}

impl Model for ChatModel {
    fn stream(&self, mut request: Request) -> ModelStream<'_> {
        let Inner { client, retry, .. } = &*self.0;
        if request.is_retried || !retry.allows_retries() {
            return self.attempt(request);
        }
        request.client_request_id.get_or_insert_with(|| client.request_ids.next_id().into());
        with_retries(retry, request, |request| self.attempt(request))
    }

    fn info(&self) -> ModelInfo<'_> {
        let EndpointClient { model, endpoint, .. } = &*self.0.client;
        ModelInfo::new(&self.0.name)
            .model(model.as_deref())
            .provider(endpoint.profile().provider.as_deref())
            .output_mode(self.0.output_mode)
            .tool_check(self)
    }
}

/// Checks whether the endpoint's profile has a form for each tool's schema.
impl ToolCheck for ChatModel {
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        dialect::check_tools(tools, self.0.client.endpoint.profile())
    }
}

impl fmt::Debug for ChatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatModel")
            .field("endpoint", &self.0.client.endpoint)
            .field("model", &self.0.client.model)
            .field("streaming", &self.0.streaming)
            .finish_non_exhaustive()
    }
}
