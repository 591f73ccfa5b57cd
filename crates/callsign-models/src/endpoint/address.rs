//! [`Endpoint`]: an address and its profile.

use std::fmt;
use std::net::IpAddr;

use callsign_types::error::Error;
use url::Url;

use super::profile::Profile;
use super::recognize::recognize;

const API_VERSION: &str = "api-version";

/// The oldest `api-version` at which Azure OpenAI deployments accept `stream_options`. The change
/// was not announced, and first seen in 2024-08-01-preview.
const FIRST_WITH_STREAM_OPTIONS: &str = "2024-08-01";

/// Advice for invalid addresses, such as a bare host name or port.
const EXAMPLES: &str = "use an address such as https://<resource>.services.ai.azure.com/models or \
                        http://localhost:11434/v1";

/// The address of a model and the profile of its provider.
///
/// ```
/// # use callsign_models::endpoint::address::Endpoint;
/// let endpoint = Endpoint::parse("https://flights.services.ai.azure.com/models/")?;
/// assert_eq!(endpoint.profile().name, "Azure AI Foundry models");
/// assert_eq!(endpoint.to_string(), "https://flights.services.ai.azure.com/models");
/// # Ok::<(), callsign_types::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Has no slash at the end of its path.
    base: Url,
    profile: Profile,
    api_version: Option<String>,
}

impl Endpoint {
    /// Parses an address and selects the profile that it implies:
    ///
    /// | address | profile |
    /// |---|---|
    /// | `https://….models.ai.azure.com`, `https://….inference.ai.azure.com` | [`Profile::model_inference`] |
    /// | `https://….services.ai.azure.com/models` | [`Profile::foundry_models`] |
    /// | `…/openai/deployments/<deployment>` | [`Profile::azure_deployment`] |
    /// | `https://….azure.com/…/openai/v1` | [`Profile::azure_v1`] |
    /// | `https://api.openai.com/v1` | [`Profile::openai`] |
    /// | `https://api.mistral.ai` | [`Profile::mistral`] |
    /// | `https://api.deepseek.com` | [`Profile::deepseek`] |
    /// | `https://api.x.ai` | [`Profile::xai`] |
    /// | `https://openrouter.ai` | [`Profile::openrouter`] |
    /// | anything else | [`Profile::openai_compatible`] |
    ///
    /// Trailing slashes are ignored, and so is a full route such as `…/chat/completions`, which
    /// Azure's portal shows. An `api-version` and other query parameters are kept.
    ///
    /// # Errors
    /// Returns a configuration error if
    /// - `address` is not an `http:` or `https:` URL,
    /// - it contains a user name or a password, or
    /// - it is an Azure OpenAI resource without a deployment.
    pub fn parse(address: &str) -> Result<Self, Error> {
        let base = parse_base(address)?;
        let profile = recognize(base.host_str().unwrap_or_default(), base.path())?;
        Ok(Self { base, profile, api_version: None })
    }

    /// Creates an endpoint with this profile, whatever the address implies.
    ///
    /// # Errors
    /// Returns the errors of [`parse`](Self::parse), except that every host and path is accepted.
    pub fn with_profile(address: &str, profile: Profile) -> Result<Self, Error> {
        Ok(Self { base: parse_base(address)?, profile, api_version: None })
    }

    /// Sets the `api-version` query parameter, instead of the address's own and the profile's.
    #[must_use]
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Returns the profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns whether the endpoint is on this machine.
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

    /// Returns the URL of chat requests.
    pub(crate) fn chat_url(&self) -> Url {
        self.route_url(&self.profile.chat_path)
    }

    /// Returns the URL of `route`, which begins with a slash.
    pub(crate) fn route_url(&self, route: &str) -> Url {
        let mut url = self.base.clone();
        let path = url.path().trim_end_matches('/').to_owned() + route;
        url.set_path(&path);
        let own = self.api_version_in_address();
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

    /// Returns the `api-version` to send, if any.
    pub(crate) fn version(&self) -> Option<String> {
        let set = self.api_version.clone().or_else(|| self.api_version_in_address());
        set.or_else(|| self.profile.api_version.as_deref().map(str::to_owned))
    }

    /// Returns whether streamed requests may send `stream_options`: the profile supports it and the
    /// version is not older than the field.
    pub(crate) fn takes_stream_options(&self) -> bool {
        let old = self.version().is_some_and(|version| *version < *FIRST_WITH_STREAM_OPTIONS);
        self.profile.stream_options && !old
    }

    fn api_version_in_address(&self) -> Option<String> {
        let mut pairs = self.base.query_pairs();
        pairs.find(|(name, _)| name == API_VERSION).map(|(_, value)| value.into_owned())
    }
}

/// Formats the address without its query, which may contain a secret.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.base))
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

/// Returns the address as messages show it: without its query and without a trailing slash.
pub(crate) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.as_str().trim_end_matches('/').to_owned()
}

fn parse_base(address: &str) -> Result<Url, Error> {
    let address = address.trim();
    let mut url = Url::parse(address).map_err(|error| {
        // The address is omitted: users paste keys in its place by mistake.
        let message = format!("invalid endpoint URL; {EXAMPLES}");
        Error::configuration(message).with_source(error)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::configuration(format!(
            "endpoint URL must begin with https:// or http://; {EXAMPLES}"
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::configuration(
            "endpoint URL contains a user name or a password; set the key separately instead",
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
