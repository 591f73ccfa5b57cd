//! The text of an answer, in the shape that the request wants.

use serde_json::{Map, Value};

use super::Turn;
use crate::practice::chat;
use crate::practice::marks::Sentence;
use crate::practice::request::{AnswerShape, ToolChoice};
use crate::practice::schema::{Param, Shape, blank};
use crate::practice::words;

impl Turn<'_> {
    /// The text for when there is nothing to call.
    pub(super) fn text(&self) -> String {
        let sentence = Sentence::read(self.message);
        match &self.request.shape {
            AnswerShape::Text => self.plain_text(),
            AnswerShape::Object => {
                Value::from(Map::from_iter([("answer".to_owned(), self.plain_text().into())]))
                    .to_string()
            }
            AnswerShape::Schema(schema) => {
                let param = Param::of_schema("answer", schema);
                match &param.shape {
                    Shape::Object(fields) => {
                        Value::Object(self.completed(fields, &[], &sentence)).to_string()
                    }
                    _ => blank(&param).to_string(),
                }
            }
        }
    }

    fn plain_text(&self) -> String {
        let found = self.found();
        let tools = &self.catalogue.tools;
        let asks: Vec<String> = self
            .wants
            .iter()
            .filter(|want| !want.missing.is_empty())
            .map(|want| chat::ask(self.tool(want), &want.missing))
            .collect();
        if !found.is_empty() {
            let failed = found.iter().any(|finding| words::is_failure(finding.content));
            let told = words::tell(found, &self.catalogue.tools);
            return if failed || asks.is_empty() {
                told
            } else {
                format!("{told}\n\n{}", asks.join(" "))
            };
        }
        if let Some(reply) = chat::small_talk(self.message, tools) {
            return reply;
        }
        if self.request.tool_choice == ToolChoice::Never && !self.wants.is_empty() {
            return chat::may_not_call(self.tool(&self.wants[0]));
        }
        if asks.is_empty() { chat::cannot(tools) } else { asks.join(" ") }
    }
}
