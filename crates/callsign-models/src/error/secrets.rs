//! Removal of secrets from error messages and bodies.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// The minimum length of a secret: a shorter value would also match ordinary words.
const MIN_LENGTH: usize = 6;

/// The number of latest tokens that are redacted: the response to a request with an older token may
/// still arrive.
const KEPT_TOKENS: usize = 4;

const REDACTED: &str = "[redacted]";

/// The values that must not appear in errors: keys, header values, query values and sent tokens.
/// Each is stored in all forms in which a provider may repeat it.
#[derive(Default)]
pub(crate) struct Secrets {
    fixed: Vec<SecretString>,
    /// The latest token first, each with all its forms.
    tokens: Mutex<VecDeque<Vec<SecretString>>>,
}

impl Secrets {
    /// Creates the set from the header values and the query values of `address`, except its
    /// `api-version`.
    pub(crate) fn new<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        address: &Url,
    ) -> Self {
        let mut found = Vec::new();
        for (name, value) in headers {
            found.push(value.trim().to_owned());
            // A provider that rejects "Bearer K" may repeat K alone.
            found.extend(value.split_whitespace().next_back().map(str::to_owned));
            if name.trim().eq_ignore_ascii_case("cookie") {
                let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
                found.extend(pairs.map(|(_, value)| value.trim().to_owned()));
            }
        }
        found.extend(query_secrets(address));
        Self { fixed: forms(&found), tokens: Mutex::default() }
    }

    /// Creates the set of one secret.
    #[cfg(any(test, feature = "entra"))]
    pub(crate) fn of(secret: &str) -> Self {
        Self { fixed: forms(&[secret.trim().to_owned()]), tokens: Mutex::default() }
    }

    /// Adds a token before it is sent.
    pub(crate) fn add_token(&self, token: &SecretString) {
        // The token is sent trimmed: files and command-line tools append a line break.
        let forms = forms(&[token.expose_secret().trim().to_owned()]);
        let first = |forms: &Vec<SecretString>| {
            forms.first().map(|form| form.expose_secret().to_owned()).unwrap_or_default()
        };
        let mut tokens = self.tokens();
        if !tokens.iter().any(|known| first(known) == first(&forms)) {
            tokens.push_front(forms);
            tokens.truncate(KEPT_TOKENS);
        }
    }

    /// Returns `text` with all secrets replaced.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.tokens().iter().flatten().chain(&self.fixed) {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), REDACTED);
            }
        }
        text
    }

    /// Returns `body` with all secrets replaced, also those that JSON escapes in another form.
    pub(crate) fn redact_body(&self, body: &str) -> String {
        let text = self.redact(body);
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
        if self.redact_value(&mut value) { value.to_string() } else { text }
    }

    /// Replaces the secrets in all strings of `value`. Returns whether there were any.
    pub(crate) fn redact_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                let redacted = self.redact(text);
                let found = redacted != *text;
                *text = redacted;
                found
            }
            Value::Array(items) => {
                items.iter_mut().fold(false, |found, item| self.redact_value(item) | found)
            }
            Value::Object(fields) => {
                let mut found = false;
                for (name, mut field) in std::mem::take(fields) {
                    let redacted = self.redact(&name);
                    found |= self.redact_value(&mut field) | (redacted != name);
                    fields.insert(redacted, field);
                }
                found
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn tokens(&self) -> MutexGuard<'_, VecDeque<Vec<SecretString>>> {
        // A panic under this lock leaves no partial change, so a poisoned lock is safe to use.
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// Returns the values of the query of `address`, both decoded and as written.
fn query_secrets(address: &Url) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (name, value) in address.query_pairs().filter(|(name, _)| name != "api-version") {
        // A parameter without a value may be the secret itself.
        found.push(if value.is_empty() { name.into_owned() } else { value.into_owned() });
    }
    let pairs = address.query().unwrap_or_default().split('&');
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    found.extend(pairs.filter(|(name, _)| *name != "api-version").map(|(_, raw)| raw.to_owned()));
    found
}

/// Returns the secrets in all forms in which JSON and URL encoders write them. The longest comes
/// first, so that a secret that contains another one is replaced as a whole.
fn forms(secrets: &[String]) -> Vec<SecretString> {
    let mut forms: Vec<String> = Vec::new();
    for secret in secrets.iter().filter(|secret| secret.len() >= MIN_LENGTH) {
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        let json = json.unwrap_or_default().to_owned();
        // .NET and Go also escape characters that are special in HTML, with hexadecimal digits of
        // either case.
        let upper = escaped(&json, |unit| format!("\\u{unit:04X}"));
        let lower = escaped(&json, |unit| format!("\\u{unit:04x}"));
        let slashes = json.replace('/', "\\/");
        forms.extend([secret.clone(), json, upper, lower, slashes, query_encoded(secret)]);
    }
    forms.retain(|form| form.len() >= MIN_LENGTH);
    forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms.into_iter().map(SecretString::from).collect()
}

/// Returns `json` with its remaining special characters escaped as `number` formats them.
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

/// Returns `secret` encoded as a query value.
fn query_encoded(secret: &str) -> String {
    let url = Url::parse_with_params("http://localhost", [("v", secret)]);
    let query = url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    query.strip_prefix("v=").unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
