//! Results of the content filter.

use callsign_types::error::Error;
use callsign_types::event::{ModelResponse, ResponseEnd};
use serde_json::{Map, Value};

/// Results of the content filter for the prompt and for the response.
///
/// Azure reports them as `prompt_filter_results` of the response and `content_filter_results` of
/// the choice. Older API versions use `prompt_annotations` and `content_filter_result`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ContentFilterResults {
    /// Results for the prompt. Has several items if the provider checks each message separately.
    pub prompt: Vec<FilterCategories>,
    /// Results for the response.
    pub completion: FilterCategories,
}

/// The categories that the filter checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterCategories(pub Vec<FilterCategory>);

/// The result for one category.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FilterCategory {
    /// Name of the category, such as `hate`, `violence`, `jailbreak` or `protected_material_text`.
    pub name: String,
    /// Whether content was filtered because of this category.
    pub filtered: bool,
    /// Whether the category was detected. `None` for categories with a severity.
    pub detected: Option<bool>,
    /// The severity. `None` for categories that are only detected or not.
    pub severity: Option<Severity>,
    /// The result as the provider sent it.
    pub raw: Value,
}

/// Severity of a finding.
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
    /// A value that this version does not know.
    Other(String),
}

impl ContentFilterResults {
    /// Reads the results of a response. Empty if there are none.
    #[must_use]
    pub fn of(response: &ModelResponse) -> Self {
        Self::read(&response.extra)
    }

    /// Reads the results at the end of a streamed response. Empty if there are none.
    #[must_use]
    pub fn of_finished(finished: &ResponseEnd) -> Self {
        Self::read(&finished.extra)
    }

    /// Reads the results of the error for a filtered prompt. Empty for other errors.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        let details = error.details().filter(|_| error.is_content_filtered());
        let prompt = details.map(FilterCategories::read).filter(|found| !found.0.is_empty());
        Self { prompt: prompt.into_iter().collect(), completion: FilterCategories::default() }
    }

    fn read(extra: &Map<String, Value>) -> Self {
        let names = ["prompt_filter_results", "prompt_annotations"];
        let found = names.iter().find_map(|name| extra.get(*name)?.as_array());
        let prompt = found.into_iter().flatten().filter_map(results);
        let of_choice = extra.iter().find(|(name, _)| is_results(name));
        Self {
            prompt: prompt.map(FilterCategories::read).collect(),
            completion: of_choice.map(|(_, it)| FilterCategories::read(it)).unwrap_or_default(),
        }
    }

    /// Returns whether a part of the prompt or of the response was filtered.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.completion.is_filtered() || self.prompt.iter().any(FilterCategories::is_filtered)
    }
}

impl FilterCategories {
    fn read(value: &Value) -> Self {
        let categories = value.as_object().into_iter().flatten();
        Self(categories.filter_map(|(name, value)| FilterCategory::read(name, value)).collect())
    }

    /// Returns the result for the category `name`, if it was checked.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FilterCategory> {
        self.0.iter().find(|category| category.name == name)
    }

    /// Returns whether content was filtered because of any category.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.0.iter().any(|category| category.filtered)
    }
}

impl FilterCategory {
    /// Reads one category. Returns `None` for other entries, such as an error of the filter itself.
    fn read(name: &str, value: &Value) -> Option<Self> {
        let filtered = value.get("filtered").and_then(Value::as_bool);
        let detected = value.get("detected").and_then(Value::as_bool);
        let severity = value.get("severity").and_then(Value::as_str).map(Severity::from);
        if filtered.is_none() && detected.is_none() && severity.is_none() {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            filtered: filtered.unwrap_or(false),
            detected,
            severity,
            raw: value.clone(),
        })
    }
}

impl From<&str> for Severity {
    fn from(name: &str) -> Self {
        match name {
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

fn results(prompt: &Value) -> Option<&Value> {
    prompt.as_object()?.iter().find(|(name, _)| is_results(name)).map(|(_, results)| results)
}

#[cfg(test)]
mod tests;
