//! [`EmbeddingModel`]: a model that makes vectors.

use std::fmt;
use std::sync::Arc;

use callsign_core::words::error::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::decode;
use super::reply::Embeddings;
use super::request::EmbeddingRequest;
use crate::connection::link::Link;
use crate::connection::target::Target;
use crate::endpoint::address::Endpoint;
use crate::routes::answer::object;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// A model that makes vectors of texts or images, at the same kinds of endpoint as a
/// [`ChatModel`](crate::chat::model::ChatModel), of which it is made.
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
#[derive(Clone)]
pub struct EmbeddingModel(Arc<Link>);

impl EmbeddingModel {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// Where the model is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
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
        let link = &*self.0;
        let url = link.endpoint.route_url(request.route());
        let place = link.place(&url, None);
        let mut headers = HeaderMap::new();
        let value = link.endpoint.profile().extra_parameters.as_deref();
        if let Some(value) = value.filter(|_| !request.extra.is_empty()) {
            let value = HeaderValue::from_str(value).map_err(|error| {
                let message = "the profile's value for extra-parameters is no header's";
                Error::configuration(message).with_source(error)
            })?;
            headers.insert(EXTRA_PARAMETERS, value);
        }
        let body = Value::Object(request.body(link.model.as_deref())).to_string().into_bytes();
        let mut response = link
            .send(&place, Method::POST, &Target::new(&url)?, &headers, Some(body.into()))
            .await?;
        link.accept(&place, &mut response).await?;
        let fields = object(link, &place, &mut response).await?;
        decode::embeddings(fields, request.count()).map_err(|what| {
            let message = format!("the reply of {} is not understood: {what}", place.address);
            place.error(ErrorKind::Protocol, &message)
        })
    }
}

impl fmt::Debug for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddingModel")
            .field("endpoint", &self.0.endpoint)
            .field("model", &self.0.model)
            .finish_non_exhaustive()
    }
}
