//! What a content filter found.

use callsign_core::words::error::Error;
use callsign_core::words::event::{Finished, ModelReply};
use serde_json::{Map, Value};

/// What a content filter found in the prompt and in the reply.
///
/// Azure's services tell it, as `prompt_filter_results` of a reply and `content_filter_results`
/// of its choice; older versions of the API say `prompt_annotations` and `content_filter_result`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ContentFilterResults {
    /// Of the prompt; several where the service looked at its messages one by one.
    pub prompt: Vec<FilterCategories>,
    /// Of the reply.
    pub completion: FilterCategories,
}

/// The categories that a filter looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterCategories(pub Vec<FilterCategory>);

/// What a filter found of one category.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FilterCategory {
    /// The category, such as `hate`, `violence`, `jailbreak` or `protected_material_text`.
    pub name: String,
    /// Whether something was withheld because of it.
    pub filtered: bool,
    /// Whether it was found, of categories that have no degrees.
    pub detected: Option<bool>,
    /// How severe it was, of categories that have degrees.
    pub severity: Option<Severity>,
    /// All that the service said of it.
    pub raw: Value,
}

/// How severe something is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// `safe`.
    Safe,
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
    /// A word that this version does not know.
    Other(String),
}

impl ContentFilterResults {
    /// What was told with this reply; empty where nothing was.
    #[must_use]
    pub fn of(reply: &ModelReply) -> Self {
        Self::read(&reply.extra)
    }

    /// What was told with the end of a streamed reply.
    #[must_use]
    pub fn of_finished(finished: &Finished) -> Self {
        Self::read(&finished.extra)
    }

    /// What was told with the error of a prompt that was withheld.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        let told = error.details().filter(|_| error.is_content_filtered());
        let prompt = told.map(FilterCategories::read).filter(|found| !found.0.is_empty());
        Self { prompt: prompt.into_iter().collect(), completion: FilterCategories::default() }
    }

    fn read(extra: &Map<String, Value>) -> Self {
        let found = ["prompt_filter_results", "prompt_annotations"];
        let found = found.iter().find_map(|name| extra.get(*name)?.as_array());
        let prompt = found.into_iter().flatten().filter_map(results);
        let of_choice = extra.iter().find(|(name, _)| is_results(name));
        Self {
            prompt: prompt.map(FilterCategories::read).collect(),
            completion: of_choice.map(|(_, it)| FilterCategories::read(it)).unwrap_or_default(),
        }
    }

    /// Whether something of the prompt or of the reply was withheld.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.completion.is_filtered() || self.prompt.iter().any(FilterCategories::is_filtered)
    }
}

impl FilterCategories {
    fn read(value: &Value) -> Self {
        let categories = value.as_object().into_iter().flatten();
        Self(categories.filter_map(|(name, told)| FilterCategory::read(name, told)).collect())
    }

    /// What was found of this category.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FilterCategory> {
        self.0.iter().find(|category| category.name == name)
    }

    /// Whether something was withheld.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.0.iter().any(|category| category.filtered)
    }
}

impl FilterCategory {
    /// Reads one; what says neither of the three, such as a filter's own error, is none.
    fn read(name: &str, told: &Value) -> Option<Self> {
        let filtered = told.get("filtered").and_then(Value::as_bool);
        let detected = told.get("detected").and_then(Value::as_bool);
        let severity = told.get("severity").and_then(Value::as_str).map(Severity::from);
        if filtered.is_none() && detected.is_none() && severity.is_none() {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            filtered: filtered.unwrap_or(false),
            detected,
            severity,
            raw: told.clone(),
        })
    }
}

impl From<&str> for Severity {
    fn from(word: &str) -> Self {
        match word {
            "safe" => Self::Safe,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            other => Self::Other(other.to_owned()),
        }
    }
}

fn is_results(name: &str) -> bool {
    matches!(name, "content_filter_results" | "content_filter_result")
}

fn results(of_prompt: &Value) -> Option<&Value> {
    of_prompt.as_object()?.iter().find(|(name, _)| is_results(name)).map(|(_, results)| results)
}

#[cfg(test)]
mod tests;
