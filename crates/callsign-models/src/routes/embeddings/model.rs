//! [`EmbeddingModel`]: an embedding model over HTTP.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::retry::repeat;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::decode;
use super::reply::Embeddings;
use super::request::EmbeddingRequest;
use crate::endpoint::address::Endpoint;
use crate::error::request_info::RequestInfo;
use crate::routes::response::read_object;
use crate::transport::exchange::EndpointClient;
use crate::transport::target::RequestTarget;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// An embedding model over HTTP, returned by [`ChatModel::embeddings`].
///
/// A request is sent unchanged: lists are not split. Failed requests are retried as the
/// [policy](Self::retry) says. Clones are cheap and share the connections.
///
/// ```no_run
/// use callsign_models::chat::model::ChatModel;
///
/// # async fn ask() -> Result<(), callsign_types::error::Error> {
/// let model = ChatModel::from_env()?.embeddings();
/// let vectors = model.embed(["Flights to Seattle", "Trains to Porto"]).await?.into_vectors();
/// assert_eq!(vectors.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// [`ChatModel::embeddings`]: crate::chat::model::ChatModel::embeddings
#[derive(Clone)]
pub struct EmbeddingModel {
    client: Arc<EndpointClient>,
    policy: RetryPolicy,
}

impl EmbeddingModel {
    pub(crate) fn new(client: Arc<EndpointClient>, policy: RetryPolicy) -> Self {
        Self { client, policy }
    }

    /// Returns the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.client.endpoint
    }

    /// Retries failed requests as `policy` says. Default: the policy of the chat model, which is up
    /// to two retries unless it was changed.
    ///
    /// Retries follow the same rules as the `Retry` middleware of chat models. All attempts of a
    /// request have the same client request id. Dropping the future ends them.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use callsign_types::retry::policy::RetryPolicy;
    /// use callsign_models::chat::model::ChatModel;
    ///
    /// # fn main() -> Result<(), callsign_types::error::Error> {
    /// let model = ChatModel::builder("http://127.0.0.1:11434/v1").model("bge-m3").build()?;
    /// let policy = RetryPolicy::new().max_attempts(6).total_time(Duration::from_secs(120));
    /// let embeddings = model.embeddings().retry(policy);
    /// # let _ = embeddings;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Returns a vector for each text or image of `request`.
    ///
    /// # Errors
    /// Returns a configuration error if the request is empty. Returns a protocol error if the
    /// response does not have one vector for each input. Other errors are those of the request.
    pub async fn embed(&self, request: impl Into<EmbeddingRequest>) -> Result<Embeddings, Error> {
        let request = request.into();
        if request.count() == 0 {
            let message = "embedding request is empty; pass at least one text or image";
            return Err(Error::configuration(message));
        }
        let prepared = PreparedRequest::new(&self.client, &request)?;
        repeat::with_retries(&self.policy, || prepared.send()).await
    }
}

/// A request that every attempt sends unchanged.
struct PreparedRequest<'a> {
    client: &'a EndpointClient,
    info: RequestInfo,
    target: RequestTarget,
    headers: HeaderMap,
    body: Bytes,
    /// The number of expected vectors.
    count: usize,
}

impl<'a> PreparedRequest<'a> {
    fn new(client: &'a EndpointClient, request: &EmbeddingRequest) -> Result<Self, Error> {
        let url = client.endpoint.route_url(request.route());
        let mut headers = HeaderMap::new();
        let value = client.endpoint.profile().extra_parameters.as_deref();
        if let Some(value) = value.filter(|_| !request.extra.is_empty()) {
            let value = HeaderValue::from_str(value).map_err(|error| {
                let message = "invalid value for the header extra-parameters; fix \
                               `extra_parameters` of the profile";
                Error::configuration(message).with_source(error)
            })?;
            headers.insert(EXTRA_PARAMETERS, value);
        }
        let body = Value::Object(request.body(client.model.as_deref())).to_string();
        Ok(Self {
            client,
            info: client.request_info(&url, None),
            target: RequestTarget::new(&url)?,
            headers,
            body: body.into(),
            count: request.count(),
        })
    }

    /// Sends the request once and decodes the response.
    async fn send(&self) -> Result<Embeddings, Error> {
        let Self { client, info, target, headers, body, count } = self;
        let body = Some(body.clone());
        let mut response = client.send(info, Method::POST, target, headers, body).await?;
        client.check_status(info, &mut response).await?;
        let fields = read_object(client, info, &mut response).await?;
        decode::embeddings(fields, *count).map_err(|what| {
            let message = format!("invalid response from {}: {what}", info.address);
            info.error(ErrorKind::Protocol, &message)
        })
    }
}

impl fmt::Debug for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddingModel")
            .field("endpoint", &self.client.endpoint)
            .field("model", &self.client.model)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
