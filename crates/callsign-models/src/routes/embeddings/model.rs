//! [`EmbeddingModel`]: a model that makes vectors.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use callsign_core::words::error::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::decode;
use super::reply::Embeddings;
use super::request::EmbeddingRequest;
use crate::around::retry::{self, RetryPolicy};
use crate::connection::link::Link;
use crate::connection::target::Target;
use crate::endpoint::address::Endpoint;
use crate::failure::place::Place;
use crate::routes::answer::object;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// A model that makes vectors of texts or images, at the same kinds of endpoint as a
/// [`ChatModel`], of which it is made.
///
/// A request is sent as it is and once, as chat's are: lists are not split, and
/// [`retry`](Self::retry) is what asks again. A clone is cheap and shares the connections.
///
/// ```no_run
/// use callsign_models::chat::model::ChatModel;
///
/// # async fn ask() -> Result<(), callsign_core::words::error::Error> {
/// let model = ChatModel::from_env()?.embeddings();
/// let vectors = model.embed(["Flights to Seattle", "Trains to Porto"]).await?.into_vectors();
/// assert_eq!(vectors.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// [`ChatModel`]: crate::chat::model::ChatModel
#[derive(Clone)]
pub struct EmbeddingModel {
    link: Arc<Link>,
    policy: RetryPolicy,
}

impl EmbeddingModel {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, policy: RetryPolicy::once() }
    }

    /// Where the model is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.link.endpoint
    }

    /// Asks again, as often, for as long and after such errors as this policy says. Default: not
    /// at all.
    ///
    /// The errors, the waits and what the last error says are those of a chat model's
    /// [`Retry`](crate::around::retry::Retry). All tries of a request have one client request id.
    /// Dropping the future ends the tries.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use callsign_models::around::retry::RetryPolicy;
    /// use callsign_models::chat::model::ChatModel;
    ///
    /// # fn main() -> Result<(), callsign_core::words::error::Error> {
    /// let model = ChatModel::builder("http://127.0.0.1:11434/v1").model("bge-m3").build()?;
    /// let policy = RetryPolicy::new().tries(6).total_time(Duration::from_secs(120));
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

    /// Makes a vector of each text or image.
    ///
    /// # Errors
    /// A configuration error where there is nothing to embed; a protocol error where the reply
    /// has not one vector for each; else as the service or the connection fails.
    pub async fn embed(&self, request: impl Into<EmbeddingRequest>) -> Result<Embeddings, Error> {
        let request = request.into();
        if request.count() == 0 {
            return Err(Error::configuration("there is nothing to embed: the request is empty"));
        }
        let call = Call::new(&self.link, &request)?;
        retry::ask(&self.policy, || call.send()).await
    }
}

/// A request as it is sent, each time alike.
struct Call<'a> {
    link: &'a Link,
    place: Place,
    target: Target,
    headers: HeaderMap,
    body: Bytes,
    /// How many vectors are to come.
    count: usize,
}

impl<'a> Call<'a> {
    fn new(link: &'a Link, request: &EmbeddingRequest) -> Result<Self, Error> {
        let url = link.endpoint.route_url(request.route());
        let mut headers = HeaderMap::new();
        let value = link.endpoint.profile().extra_parameters.as_deref();
        if let Some(value) = value.filter(|_| !request.extra.is_empty()) {
            let value = HeaderValue::from_str(value).map_err(|error| {
                let message = "the profile's value for extra-parameters is no header's";
                Error::configuration(message).with_source(error)
            })?;
            headers.insert(EXTRA_PARAMETERS, value);
        }
        let body = Value::Object(request.body(link.model.as_deref())).to_string();
        Ok(Self {
            link,
            place: link.place(&url, None),
            target: Target::new(&url)?,
            headers,
            body: body.into(),
            count: request.count(),
        })
    }

    /// Sends it once and reads the answer.
    async fn send(&self) -> Result<Embeddings, Error> {
        let Self { link, place, target, headers, body, count } = self;
        let body = Some(body.clone());
        let mut response = link.send(place, Method::POST, target, headers, body).await?;
        link.accept(place, &mut response).await?;
        let fields = object(link, place, &mut response).await?;
        decode::embeddings(fields, *count).map_err(|what| {
            let message = format!("the reply of {} is not understood: {what}", place.address);
            place.error(ErrorKind::Protocol, &message)
        })
    }
}

impl fmt::Debug for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddingModel")
            .field("endpoint", &self.link.endpoint)
            .field("model", &self.link.model)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
