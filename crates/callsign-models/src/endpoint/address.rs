//! An endpoint: an address and its profile.

use std::fmt;
use std::net::IpAddr;

use callsign_core::words::error::Error;
use url::Url;

use super::profile::Profile;
use super::recognise::recognise;

const API_VERSION: &str = "api-version";

/// The oldest `api-version` of an Azure OpenAI deployment that takes `stream_options`: it was
/// not announced, and first seen in 2024-08-01-preview.
const FIRST_WITH_STREAM_OPTIONS: &str = "2024-08-01";

/// For whoever has taken a name or a port for an address.
const EXAMPLES: &str = "it should look like https://<resource>.services.ai.azure.com/models, or \
                        like http://localhost:11434/v1";

/// Where a model is reached, and the profile of the service there.
///
/// ```
/// # use callsign_models::endpoint::address::Endpoint;
/// let endpoint = Endpoint::parse("https://flights.services.ai.azure.com/models/")?;
/// assert_eq!(endpoint.profile().name, "Azure AI Foundry models");
/// assert_eq!(endpoint.to_string(), "https://flights.services.ai.azure.com/models");
/// # Ok::<(), callsign_core::words::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Without a slash at the end of its path.
    base: Url,
    profile: Profile,
    api_version: Option<String>,
}

impl Endpoint {
    /// The endpoint at this address, with the profile that the address speaks for:
    ///
    /// | address | profile |
    /// |---|---|
    /// | `https://….models.ai.azure.com`, `https://….inference.ai.azure.com` | [`Profile::model_inference`] |
    /// | `https://….services.ai.azure.com/models` | [`Profile::foundry_models`] |
    /// | `…/openai/deployments/<deployment>` | [`Profile::azure_deployment`] |
    /// | `https://….azure.com/…/openai/v1` | [`Profile::azure_v1`] |
    /// | `https://api.openai.com/v1` | [`Profile::openai`] |
    /// | anything else | [`Profile::openai_compatible`] |
    ///
    /// A slash at its end does not matter, nor does a whole route such as `…/chat/completions`,
    /// which Azure's portal shows. An `api-version` in its query is kept, and so is any other
    /// parameter.
    ///
    /// # Errors
    /// A configuration error where it is no `http:` or `https:` address, where it carries a user
    /// or a password, and where it is an Azure OpenAI resource without a deployment.
    pub fn parse(address: &str) -> Result<Self, Error> {
        let base = parse_base(address)?;
        let profile = recognise(base.host_str().unwrap_or_default(), base.path())?;
        Ok(Self { base, profile, api_version: None })
    }

    /// The endpoint at this address with this profile, whatever the address speaks for.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), except that every host and path will do.
    pub fn with_profile(address: &str, profile: Profile) -> Result<Self, Error> {
        Ok(Self { base: parse_base(address)?, profile, api_version: None })
    }

    /// Sets the `api-version` of the query, over the address's own and the profile's.
    #[must_use]
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether it is on this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The address that chat requests go to.
    pub(crate) fn chat_url(&self) -> Url {
        self.route_url(&self.profile.chat_path)
    }

    /// The address of a route, which begins with a slash.
    pub(crate) fn route_url(&self, route: &str) -> Url {
        let mut url = self.base.clone();
        let path = url.path().trim_end_matches('/').to_owned() + route;
        url.set_path(&path);
        let own = self.own_api_version();
        if own.is_some() && self.api_version.is_none() {
            return url;
        }
        if own.is_some() {
            let kept: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(name, _)| name != API_VERSION)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
        if let Some(version) = self.version() {
            url.query_pairs_mut().append_pair(API_VERSION, &version);
        }
        url
    }

    /// The `api-version` that is sent, if any.
    pub(crate) fn version(&self) -> Option<String> {
        let set = self.api_version.clone().or_else(|| self.own_api_version());
        set.or_else(|| self.profile.api_version.as_deref().map(str::to_owned))
    }

    /// Whether a streamed request may ask for its usage: the profile says so, and the version is
    /// not one from before.
    pub(crate) fn takes_stream_options(&self) -> bool {
        let old = self.version().is_some_and(|version| *version < *FIRST_WITH_STREAM_OPTIONS);
        self.profile.stream_options && !old
    }

    fn own_api_version(&self) -> Option<String> {
        let mut pairs = self.base.query_pairs();
        pairs.find(|(name, _)| name == API_VERSION).map(|(_, value)| value.into_owned())
    }
}

/// The address without its query, which may hold a secret.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.base))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("address", &format_args!("{self}"))
            .field("profile", &self.profile.name)
            .field("api_version", &self.version())
            .finish()
    }
}

/// An address as messages show it: without its query, and without a slash at its end.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.as_str().trim_end_matches('/').to_owned()
}

fn parse_base(address: &str) -> Result<Url, Error> {
    let address = address.trim();
    let mut url = Url::parse(address).map_err(|error| {
        // The address itself is not shown: a key is easily pasted in its place.
        let message = format!("the endpoint is no web address; {EXAMPLES}");
        Error::configuration(message).with_source(error)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::configuration(format!(
            "the endpoint has to begin with https:// or http://; {EXAMPLES}"
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::configuration(
            "the endpoint's address carries a user or a password; give the key on its own instead",
        ));
    }
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let routes = ["/chat/completions", "/images/embeddings", "/embeddings"];
    let base = routes.iter().find_map(|route| path.strip_suffix(route));
    let path = base.unwrap_or(path).to_owned();
    url.set_path(path.trim_end_matches('/'));
    Ok(url)
}

#[cfg(test)]
mod tests;
