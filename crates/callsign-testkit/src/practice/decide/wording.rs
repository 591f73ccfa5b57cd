//! The text of an answer, in the shape that the request wants.

use serde_json::{Map, Value};

use super::Turn;
use crate::practice::chat;
use crate::practice::marks::Sentence;
use crate::practice::request::{AnswerShape, ToolChoice};
use crate::practice::schema::{Param, Shape, blank};
use crate::practice::words;

/// Names of fields that are there for an answer in words.
const SPOKEN: [&str; 6] = ["answer", "message", "reply", "response", "summary", "text"];

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
                        let mut answer = self.completed(fields, &[], &sentence);
                        self.speak(fields, &mut answer);
                        Value::Object(answer).to_string()
                    }
                    _ => blank(&param).to_string(),
                }
            }
        }
    }

    /// Says in words what would be blank, in the field that is there for words.
    fn speak(&self, fields: &[Param], answer: &mut Map<String, Value>) {
        for field in fields.iter().filter(|field| matches!(field.shape, Shape::Text { .. })) {
            let silent = answer.get(&field.name).is_some_and(|value| *value == blank(field));
            if silent && SPOKEN.contains(&&*field.name.to_ascii_lowercase()) {
                answer.insert(field.name.clone(), self.plain_text().into());
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
        if let Some(media) = self.request.media().filter(|_| asks.is_empty()) {
            return chat::blind(media);
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
