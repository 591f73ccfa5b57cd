//! What no error may show, should a service repeat it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// Anything shorter is no secret, and would be found in ordinary words.
const SHORTEST: usize = 6;

/// How many of the last tokens are known: the answer to a request that went out with the one
/// before may still come in.
const TOKENS: usize = 4;

const REDACTED: &str = "[redacted]";

/// What no error may show: keys, the values of headers and of the query, and the tokens that were
/// sent, in each form in which a service may repeat them.
#[derive(Default)]
pub(crate) struct Secrets {
    fixed: Vec<SecretString>,
    /// The latest first, each in its forms.
    tokens: Mutex<VecDeque<Vec<SecretString>>>,
}

impl Secrets {
    /// The values of these headers, and those of this address's query besides its `api-version`.
    pub(crate) fn new<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        address: &Url,
    ) -> Self {
        let mut found = Vec::new();
        for (name, value) in headers {
            found.push(value.trim().to_owned());
            // A service that complains of "Bearer K" shows K alone.
            found.extend(value.split_whitespace().next_back().map(str::to_owned));
            if name.trim().eq_ignore_ascii_case("cookie") {
                let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
                found.extend(pairs.map(|(_, value)| value.trim().to_owned()));
            }
        }
        found.extend(query_secrets(address));
        Self { fixed: forms(&found), tokens: Mutex::default() }
    }

    /// One secret.
    #[cfg(any(test, feature = "entra"))]
    pub(crate) fn of(secret: &str) -> Self {
        Self { fixed: forms(&[secret.trim().to_owned()]), tokens: Mutex::default() }
    }

    /// Adds a token that is about to be sent.
    pub(crate) fn add_token(&self, token: &SecretString) {
        // Trimmed, as it is sent: files and command-line tools end theirs with a line break.
        let forms = forms(&[token.expose_secret().trim().to_owned()]);
        let first = |forms: &Vec<SecretString>| {
            forms.first().map(|form| form.expose_secret().to_owned()).unwrap_or_default()
        };
        let mut tokens = self.tokens();
        if !tokens.iter().any(|known| first(known) == first(&forms)) {
            tokens.push_front(forms);
            tokens.truncate(TOKENS);
        }
    }

    /// The text without them.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.tokens().iter().flatten().chain(&self.fixed) {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), REDACTED);
            }
        }
        text
    }

    /// The text without them, also where it is JSON that writes them in yet another way.
    pub(crate) fn scrub_body(&self, body: &str) -> String {
        let text = self.scrub(body);
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
        if self.scrub_value(&mut value) { value.to_string() } else { text }
    }

    /// Takes them out of all texts of a value, and says whether there were any.
    pub(crate) fn scrub_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                let scrubbed = self.scrub(text);
                let found = scrubbed != *text;
                *text = scrubbed;
                found
            }
            Value::Array(items) => {
                items.iter_mut().fold(false, |found, item| self.scrub_value(item) | found)
            }
            Value::Object(fields) => {
                let mut found = false;
                for (name, mut field) in std::mem::take(fields) {
                    let scrubbed = self.scrub(&name);
                    found |= self.scrub_value(&mut field) | (scrubbed != name);
                    fields.insert(scrubbed, field);
                }
                found
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn tokens(&self) -> MutexGuard<'_, VecDeque<Vec<SecretString>>> {
        // Nothing that runs under the lock leaves half a change behind.
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// The values of an address's query, as they are meant and as they are written.
fn query_secrets(address: &Url) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (name, value) in address.query_pairs().filter(|(name, _)| name != "api-version") {
        // One without a value may be the secret itself.
        found.push(if value.is_empty() { name.into_owned() } else { value.into_owned() });
    }
    let pairs = address.query().unwrap_or_default().split('&');
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    found.extend(pairs.filter(|(name, _)| *name != "api-version").map(|(_, raw)| raw.to_owned()));
    found
}

/// The secrets as they are, and as writers of JSON and of addresses put them; the longest first,
/// so that none is cut up by another that is a part of it.
fn forms(secrets: &[String]) -> Vec<SecretString> {
    let mut forms: Vec<String> = Vec::new();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        let json = json.unwrap_or_default().to_owned();
        // .NET and Go escape what could mean something in HTML, in letters of either size.
        let upper = escaped(&json, |unit| format!("\\u{unit:04X}"));
        let lower = escaped(&json, |unit| format!("\\u{unit:04x}"));
        let slashes = json.replace('/', "\\/");
        forms.extend([secret.clone(), json, upper, lower, slashes, in_query(secret)]);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms.into_iter().map(SecretString::from).collect()
}

/// JSON whose remaining special characters are written as their numbers.
fn escaped(json: &str, number: impl Fn(u16) -> String) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if character.is_ascii() && !"&'+<>`".contains(character) {
            text.push(character);
        } else {
            let mut units = [0; 2];
            text.extend(character.encode_utf16(&mut units).iter().map(|unit| number(*unit)));
        }
    }
    text
}

/// As the value of a query is written.
fn in_query(secret: &str) -> String {
    let url = Url::parse_with_params("http://localhost", [("v", secret)]);
    let query = url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    query.strip_prefix("v=").unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
