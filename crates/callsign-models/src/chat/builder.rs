//! How a [`ChatModel`] is put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::words::error::Error;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::model::{ChatModel, Inner};
use crate::connection::client::client;
use crate::connection::link::Link;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::{KeyHeaders, Profile};

/// Headers that carry a credential, whoever set them.
const CREDENTIALS: [&str; 6] = [
    "authorization",
    "api-key",
    "x-api-key",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "cookie",
];

/// How a [`ChatModel`] is put together; made by [`ChatModel::builder`].
#[must_use]
pub struct ChatModelBuilder {
    endpoint: String,
    key: Option<SecretString>,
    model: Option<String>,
    streaming: bool,
    profile: Option<Profile>,
    api_version: Option<String>,
    connect: Duration,
    first_byte: Duration,
    idle: Duration,
    key_over_http: bool,
    headers: Vec<(String, SecretString)>,
}

impl ChatModelBuilder {
    pub(super) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            key: None,
            model: None,
            streaming: true,
            profile: None,
            api_version: None,
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(300),
            idle: Duration::from_secs(120),
            key_over_http: false,
            headers: Vec::new(),
        }
    }

    /// Sets the key. It is in no message, log or `Debug` of ours.
    pub fn key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the model, or the deployment, that requests name.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets whether replies are streamed. Default true.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Sets the profile, over the one that the address speaks for.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Sets the `api-version` of the query, over the address's own and the profile's.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets how long connecting may take. Default 10 seconds.
    pub fn connect_timeout(mut self, most: Duration) -> Self {
        self.connect = most;
        self
    }

    /// Sets how long the service may take until it begins to answer, connecting included.
    /// Default 5 minutes: a reply that is not streamed begins when it is done.
    pub fn first_byte_timeout(mut self, most: Duration) -> Self {
        self.first_byte = most;
        self
    }

    /// Sets how long a reply that has begun may be silent. Default 2 minutes.
    pub fn idle_timeout(mut self, most: Duration) -> Self {
        self.idle = most;
        self
    }

    /// Lets a credential go over plain `http:` to another machine, where anyone on the way can
    /// read it.
    pub fn allow_insecure_key_over_http(mut self) -> Self {
        self.key_over_http = true;
        self
    }

    /// Adds a header to every request; one that is set otherwise is replaced. Its value is
    /// treated as a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Puts the model together. Nothing is sent.
    ///
    /// # Errors
    /// A configuration error where the address is no good ([`Endpoint::parse`]), where the
    /// profile needs a model and none is named (except on this very machine, where servers
    /// serve the one they have), where a credential would go over plain `http:` to another
    /// machine, where a header is malformed, and where the system has no certificates.
    pub fn build(self) -> Result<ChatModel, Error> {
        let mut endpoint = match &self.profile {
            Some(profile) => Endpoint::with_profile(&self.endpoint, profile.clone())?,
            None => Endpoint::parse(&self.endpoint)?,
        };
        if let Some(version) = &self.api_version {
            endpoint = endpoint.api_version(version);
        }
        let model = self.model.as_deref().map(str::trim).filter(|model| !model.is_empty());
        let profile = endpoint.profile();
        if model.is_none() && profile.requires_model && !endpoint.is_loopback() {
            return Err(Error::configuration(format!(
                "no model is named, and {endpoint} ({}) needs one: set it with .model(\"…\"), or \
                 in AZURE_INFERENCE_MODEL or OPENAI_MODEL",
                profile.name
            )));
        }
        let key = self.key.as_ref().map(|key| key.expose_secret().trim());
        let key = key.filter(|key| !key.is_empty());
        let credential = key.is_some() || self.headers.iter().any(|(name, _)| is_credential(name));
        if credential && !endpoint.is_https() && !endpoint.is_loopback() && !self.key_over_http {
            return Err(Error::configuration(format!(
                "a key would go to {endpoint} unencrypted: use https, or say \
                 .allow_insecure_key_over_http() if that is meant"
            )));
        }
        let headers = headers(key, profile.key_headers, &self.headers)?;
        let name = match model {
            Some(model) => format!("{model} at {endpoint}"),
            None => endpoint.to_string(),
        };
        let secrets = key.map(SecretString::from).into_iter();
        let secrets = secrets.chain(self.headers.iter().map(|(_, value)| value.clone())).collect();
        let url = endpoint.chat_url();
        let link = Link {
            client: client(&endpoint, self.connect)?,
            headers,
            model: model.map(str::to_owned),
            first_byte: self.first_byte,
            idle: self.idle,
            secrets,
            has_key: credential,
            endpoint,
        };
        Ok(ChatModel(Arc::new(Inner { link, url, streaming: self.streaming, name })))
    }
}

fn is_credential(name: &str) -> bool {
    CREDENTIALS.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
}

fn headers(
    key: Option<&str>,
    carried_by: KeyHeaders,
    others: &[(String, SecretString)],
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The official clients say so for streams too, and gateways have seen nothing else.
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(key) = key {
        if matches!(carried_by, KeyHeaders::Both | KeyHeaders::ApiKey) {
            headers.insert("api-key", secret_value(key, "the key")?);
        }
        if matches!(carried_by, KeyHeaders::Both | KeyHeaders::Bearer) {
            headers.insert(AUTHORIZATION, secret_value(&format!("Bearer {key}"), "the key")?);
        }
    }
    for (name, value) in others {
        let parsed = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|error| {
            Error::configuration("a header's name is malformed").with_source(error)
        })?;
        let what = format!("the value of the header {parsed}");
        headers.insert(parsed, secret_value(value.expose_secret(), &what)?);
    }
    Ok(headers)
}

/// The value, marked so that it is never shown.
fn secret_value(text: &str, what: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|error| {
        Error::configuration(format!("{what} has characters in it that no header may carry"))
            .with_source(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for ChatModelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The endpoint is not shown: until it is parsed, a secret in its query cannot be told.
        f.debug_struct("ChatModelBuilder")
            .field("model", &self.model)
            .field("streaming", &self.streaming)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
