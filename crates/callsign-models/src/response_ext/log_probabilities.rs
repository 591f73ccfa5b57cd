//! Log probabilities of the tokens of a response.

use callsign_types::event::{ModelResponse, ResponseEnd};
use serde_json::{Map, Value};

/// Log probabilities of the tokens of a response.
///
/// Request them with the options `logprobs` and `top_logprobs`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LogProbabilities {
    /// Tokens of the text.
    pub content: Vec<TokenProbability>,
    /// Tokens of the refusal.
    pub refusal: Vec<TokenProbability>,
}

/// A token and its log probability.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenProbability {
    /// The token. Not readable if a character spans several tokens.
    pub token: String,
    /// The natural logarithm of the probability, at most 0.
    pub log_probability: f64,
    /// UTF-8 bytes of the token. `None` if the provider does not send them.
    pub bytes: Option<Vec<u8>>,
    /// The most likely tokens at this position, which may include this one. They have no
    /// alternatives of their own.
    pub alternatives: Vec<TokenProbability>,
}

impl LogProbabilities {
    /// Reads the log probabilities of a response. `None` if absent.
    #[must_use]
    pub fn of(response: &ModelResponse) -> Option<Self> {
        Self::read(&response.extra)
    }

    /// Reads the log probabilities at the end of a streamed response. `None` if absent.
    #[must_use]
    pub fn of_finished(finished: &ResponseEnd) -> Option<Self> {
        Self::read(&finished.extra)
    }

    fn read(extra: &Map<String, Value>) -> Option<Self> {
        let logprobs = extra.get("logprobs")?.as_object()?;
        let list = |name: &str| {
            let tokens = logprobs.get(name).and_then(Value::as_array).into_iter().flatten();
            tokens.filter_map(TokenProbability::read).collect()
        };
        let mut all = Self { content: list("content"), refusal: list("refusal") };
        if all.content.is_empty() {
            all.content = read_parallel_arrays(logprobs);
        }
        Some(all)
    }
}

impl TokenProbability {
    fn read(value: &Value) -> Option<Self> {
        let bytes = value.get("bytes").and_then(Value::as_array);
        let bytes = bytes
            .and_then(|bytes| bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect());
        let alternatives = value.get("top_logprobs").and_then(Value::as_array);
        Some(Self {
            token: value.get("token")?.as_str()?.to_owned(),
            log_probability: value.get("logprob")?.as_f64()?,
            bytes,
            alternatives: alternatives.into_iter().flatten().filter_map(Self::read).collect(),
        })
    }

    /// Returns the probability, from 0 to 1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.log_probability.exp()
    }
}

/// Reads the format of the legacy completions API, which some servers still use: parallel arrays.
fn read_parallel_arrays(logprobs: &Map<String, Value>) -> Vec<TokenProbability> {
    let list = |name: &str| logprobs.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut alternatives = list("top_logprobs");
    let pairs = list("tokens").zip(list("token_logprobs"));
    let read = pairs.filter_map(|(token, log_probability)| {
        let others = alternatives.next().and_then(Value::as_object).into_iter().flatten();
        let new = |token: &str, log_probability: f64| TokenProbability {
            token: token.to_owned(),
            log_probability,
            bytes: None,
            alternatives: Vec::new(),
        };
        let mut this = new(token.as_str()?, log_probability.as_f64()?);
        let others = others.filter_map(|(token, value)| Some(new(token, value.as_f64()?)));
        this.alternatives = others.collect();
        Some(this)
    });
    read.collect()
}

#[cfg(test)]
mod tests;
