//! How likely each token of a reply was.

use callsign_core::words::event::{Finished, ModelReply};
use serde_json::{Map, Value};

/// How likely each token of a reply was; asked for by `logprobs` and `top_logprobs`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LogProbabilities {
    /// Of the text.
    pub content: Vec<TokenProbability>,
    /// Of a refusal.
    pub refusal: Vec<TokenProbability>,
}

/// One token, and how likely it was.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenProbability {
    /// The token; not readable where a character is spread over several.
    pub token: String,
    /// The natural logarithm of its probability, at most 0.
    pub log_probability: f64,
    /// The token's bytes, where the service tells them.
    pub bytes: Option<Vec<u8>>,
    /// The likeliest tokens at its place, this one among them or not; none within these.
    pub alternatives: Vec<TokenProbability>,
}

impl LogProbabilities {
    /// What was told with this reply; `None` where nothing was.
    #[must_use]
    pub fn of(reply: &ModelReply) -> Option<Self> {
        Self::read(&reply.extra)
    }

    /// What was told with the end of a streamed reply.
    #[must_use]
    pub fn of_finished(finished: &Finished) -> Option<Self> {
        Self::read(&finished.extra)
    }

    fn read(extra: &Map<String, Value>) -> Option<Self> {
        let told = extra.get("logprobs")?.as_object()?;
        let list = |name: &str| {
            let tokens = told.get(name).and_then(Value::as_array).into_iter().flatten();
            tokens.filter_map(TokenProbability::read).collect()
        };
        let mut all = Self { content: list("content"), refusal: list("refusal") };
        if all.content.is_empty() {
            all.content = side_by_side(told);
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

    /// The probability, from 0 to 1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.log_probability.exp()
    }
}

/// The older form, which completions had before chat and some servers have still: lists of which
/// the items at the same place belong together.
fn side_by_side(told: &Map<String, Value>) -> Vec<TokenProbability> {
    let list = |name: &str| told.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut others = list("top_logprobs");
    let both = list("tokens").zip(list("token_logprobs"));
    let read = both.filter_map(|(token, log_probability)| {
        let others = others.next().and_then(Value::as_object).into_iter().flatten();
        let one = |token: &str, log_probability: f64| TokenProbability {
            token: token.to_owned(),
            log_probability,
            bytes: None,
            alternatives: Vec::new(),
        };
        let mut this = one(token.as_str()?, log_probability.as_f64()?);
        let others = others.filter_map(|(token, value)| Some(one(token, value.as_f64()?)));
        this.alternatives = others.collect();
        Some(this)
    });
    read.collect()
}

#[cfg(test)]
mod tests;
