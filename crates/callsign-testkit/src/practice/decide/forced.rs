//! Calls and answers that a request forces: what can't be known is blank.

use serde_json::{Map, Value};

use super::{Planned, Turn};
use crate::practice::fill::{Hints, fill_params};
use crate::practice::findings;
use crate::practice::marks::Sentence;
use crate::practice::schema::{Param, Shape, blank};

impl Turn<'_> {
    /// A call that must be made, with blanks for what the conversation doesn't give.
    pub(super) fn forced(&self, name: Option<&String>) -> Vec<Planned> {
        let due: Vec<Planned> = self
            .due()
            .into_iter()
            .filter(|(planned, _)| name.is_none_or(|name| name == planned))
            .collect();
        if !due.is_empty() {
            return due;
        }
        let sentence = Sentence::read(self.message);
        let whole = 0..sentence.tokens.len();
        let hints = Hints { almanac: &self.almanac, follows: false, wanted: &[] };
        let wanted = self.wants.first().map(|want| self.tool(want));
        let best = || {
            self.catalogue
                .best(&sentence, &whole, &hints)
                .map(|choice| &self.catalogue.tools[choice.tool])
        };
        let tool = match name {
            Some(name) => self.catalogue.tools.iter().find(|tool| tool.name == *name),
            None => wanted.or_else(best),
        };
        let Some(tool) = tool else { return Vec::new() };
        let args = self.completed(&tool.parameters, &tool.nouns, &sentence);
        let again = self.was_made(&tool.name, &args) || (name.is_none() && !self.made.is_empty());
        if again { Vec::new() } else { vec![(tool.name.clone(), args)] }
    }

    /// Values for all that is required: said, found by tools, or blank.
    pub(super) fn completed(
        &self,
        params: &[Param],
        nouns: &[String],
        sentence: &Sentence,
    ) -> Map<String, Value> {
        let hints = Hints { almanac: &self.almanac, follows: false, wanted: &[] };
        let found = self.found();
        let mut args = Map::new();
        for param in params {
            if let Some(value) = findings::value(found, param, 0, true) {
                args.insert(param.name.clone(), value);
            }
        }
        for (key, value) in
            fill_params(params, nouns, sentence, 0..sentence.tokens.len(), &hints).args
        {
            args.entry(key).or_insert(value);
        }
        complete(params, &mut args);
        args
    }
}

/// Puts blanks where a required value is missing, also within objects.
fn complete(params: &[Param], args: &mut Map<String, Value>) {
    for param in params {
        match (&param.shape, args.get_mut(&param.name)) {
            (Shape::Object(fields), Some(Value::Object(inner))) => complete(fields, inner),
            (_, None) if param.required => {
                args.insert(param.name.clone(), blank(param));
            }
            _ => {}
        }
    }
}
