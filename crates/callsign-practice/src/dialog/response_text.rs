//! The text of a completion, in the requested response format.

use serde_json::{Map, Value};

use super::state::DialogState;
use super::{canned_text, result_text};
use crate::language::entities::Sentence;
use crate::request::{ResponseFormat, ToolChoice};
use crate::tools::schema::{Param, Shape, placeholder};

/// Names of fields that hold the response as prose.
const PROSE_FIELDS: [&str; 6] = ["answer", "message", "reply", "response", "summary", "text"];

impl DialogState<'_> {
    /// Returns the text for a completion without tool calls.
    pub(super) fn text(&self) -> String {
        match &self.request.response_format {
            ResponseFormat::Text => self.plain_text(),
            ResponseFormat::JsonObject => {
                Value::from(Map::from_iter([("answer".to_owned(), self.plain_text().into())]))
                    .to_string()
            }
            ResponseFormat::JsonSchema(schema) => {
                let root = Param::from_schema("answer", schema);
                match &root.shape {
                    Shape::Object(fields) => self.structured_text(fields),
                    _ => placeholder(&root).to_string(),
                }
            }
        }
    }

    /// Returns an object with a value for each required field. A prose field without a value gets the plain text.
    fn structured_text(&self, fields: &[Param]) -> String {
        let sentence = Sentence::read(self.message);
        let mut object = self.arguments_with_placeholders(fields, &[], &sentence);
        for field in fields.iter().filter(|field| matches!(field.shape, Shape::String { .. })) {
            let unknown = object.get(&field.name).is_some_and(|value| *value == placeholder(field));
            if unknown && PROSE_FIELDS.contains(&&*field.name.to_ascii_lowercase()) {
                object.insert(field.name.clone(), self.plain_text().into());
            }
        }
        Value::Object(object).to_string()
    }

    fn plain_text(&self) -> String {
        let tools = &self.tool_index.tools;
        let incomplete = self.planned_calls.iter().filter(|planned| !planned.missing.is_empty());
        let mut questions: Vec<String> = Vec::new();
        for planned in incomplete {
            let question = canned_text::missing_arguments(self.tool(planned), &planned.missing);
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        let results = self.recent_results();
        if !results.is_empty() {
            let failed = results.iter().any(|result| result_text::is_failure(result.content));
            let described = result_text::describe_all(results, tools);
            return if failed || questions.is_empty() {
                described
            } else {
                format!("{described}\n\n{}", questions.join(" "))
            };
        }
        if let Some(media) = self.request.media().filter(|_| questions.is_empty()) {
            return canned_text::media_received(media);
        }
        if let Some(text) = canned_text::small_talk(self.message, tools) {
            return text;
        }
        if self.request.tool_choice == ToolChoice::None && !self.planned_calls.is_empty() {
            return canned_text::call_not_allowed(self.tool(&self.planned_calls[0]));
        }
        if questions.is_empty() { canned_text::unknown_request(tools) } else { questions.join(" ") }
    }
}
