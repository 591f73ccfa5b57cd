//! Calls and structured texts that a request forces. Unknown values become placeholders.

use serde_json::{Map, Value};

use super::state::{DialogState, Invocation};
use super::tool_results;
use crate::language::entities::Sentence;
use crate::tools::arguments::{Hints, fill_params};
use crate::tools::schema::{Param, Shape, placeholder};

impl DialogState<'_> {
    /// Returns the calls that `tool_choice` forces: the due ones, else one call with placeholders for unknown values.
    /// `name` restricts the calls to one tool. Returns no call if it would repeat one that was made.
    pub(super) fn forced_calls(&self, name: Option<&String>) -> Vec<Invocation> {
        let due: Vec<Invocation> = self
            .due_calls()
            .into_iter()
            .filter(|(planned, _)| name.is_none_or(|name| name == planned))
            .collect();
        if !due.is_empty() {
            return due;
        }
        let sentence = Sentence::read(self.message);
        let whole = 0..sentence.tokens.len();
        let planned = self.planned_calls.first().map(|planned| self.tool(planned));
        let best = || {
            let best = self.tool_index.best(&sentence, &whole, &Hints::new(&self.dates));
            best.map(|ranked| &self.tool_index.tools[ranked.tool])
        };
        let tool = match name {
            Some(name) => self.tool_index.tools.iter().find(|tool| tool.name == *name),
            None => planned.or_else(best),
        };
        let Some(tool) = tool else { return Vec::new() };
        let args = self.arguments_with_placeholders(&tool.parameters, &tool.name_stems, &sentence);
        // A client that repeats `tool_choice: required` after the results would loop forever.
        let repeated =
            self.was_made(&tool.name, &args) || (name.is_none() && !self.calls_made.is_empty());
        if repeated { Vec::new() } else { vec![(tool.name.clone(), args)] }
    }

    /// Returns a value for each required field: from recent tool results, from `sentence`, or a placeholder.
    pub(super) fn arguments_with_placeholders(
        &self,
        params: &[Param],
        name_stems: &[String],
        sentence: &Sentence,
    ) -> Map<String, Value> {
        let results = self.recent_results();
        let mut args = Map::new();
        for param in params {
            if let Some(value) = tool_results::find_value(results, param, 0, true) {
                args.insert(param.name.clone(), value);
            }
        }
        let whole = 0..sentence.tokens.len();
        let filled = fill_params(params, name_stems, sentence, whole, &Hints::new(&self.dates));
        for (key, value) in filled.args {
            args.entry(key).or_insert(value);
        }
        insert_placeholders(params, &mut args);
        args
    }
}

/// Inserts placeholders for missing required values, also within objects.
fn insert_placeholders(params: &[Param], args: &mut Map<String, Value>) {
    for param in params {
        match (&param.shape, args.get_mut(&param.name)) {
            (Shape::Object(fields), Some(Value::Object(inner))) => {
                insert_placeholders(fields, inner);
            }
            (_, None) if param.required => {
                args.insert(param.name.clone(), placeholder(param));
            }
            _ => {}
        }
    }
}
