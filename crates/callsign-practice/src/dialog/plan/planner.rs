//! Plans a sentence clause by clause.

use std::ops::Range;

use serde_json::{Map, Value};

use super::PlannedCall;
use super::follow_up::is_follow_up;
use super::merge::{conflicts, merge};
use crate::language::clauses;
use crate::language::dates::DateContext;
use crate::language::entities::Sentence;
use crate::language::lexicon;
use crate::language::tokenizer::TokenKind;
use crate::tools::arguments::{Hints, fill};
use crate::tools::ranking::{RankedTool, ToolIndex};
use crate::tools::schema::{Shape, missing_labels};

pub(super) struct Planner<'a> {
    sentence: &'a Sentence,
    tool_index: &'a ToolIndex,
    /// The last call that an earlier message asked for.
    previous: Option<&'a PlannedCall>,
    dates: &'a DateContext,
    /// The calls planned so far, each with its span of tokens.
    planned: Vec<(PlannedCall, Range<usize>)>,
    /// The start of the clauses that no tool was found for yet.
    pending_start: Option<usize>,
}

impl<'a> Planner<'a> {
    /// Returns the calls that a sentence asks for, without duplicates.
    pub(super) fn plan(
        sentence: &'a Sentence,
        tool_index: &'a ToolIndex,
        previous: Option<&'a PlannedCall>,
        dates: &'a DateContext,
    ) -> Vec<PlannedCall> {
        let planned = Vec::new();
        let mut planner =
            Self { sentence, tool_index, previous, dates, planned, pending_start: None };
        for clause in clauses::split(sentence) {
            planner.add_clause(clause);
        }
        planner.finish()
    }

    fn add_clause(&mut self, clause: Range<usize>) {
        let hints = Hints::new(self.dates);
        let mut best = self.tool_index.choose(self.sentence, &clause, &hints);
        let mut span = clause.clone();
        if let Some(start) = self.pending_start {
            let wider = start..clause.end;
            let widened = self.tool_index.choose(self.sentence, &wider, &hints);
            if widened.is_some() {
                (best, span) = (widened, wider);
            }
        }
        let current = self.planned.last().map(|(call, _)| call.tool);
        let spans_clauses = current.is_some_and(|tool| self.tool_index.tools[tool].spans_clauses());
        match best {
            Some(best) if current != Some(best.tool) && (best.complete || !spans_clauses) => {
                self.start_call(best, span);
            }
            _ if current.is_some() => self.continue_call(&clause),
            _ => self.continue_previous(&clause),
        }
    }

    /// Starts a call. The first call of a message inherits arguments of the previous one if it has the same tool or
    /// refers back.
    fn start_call(&mut self, best: RankedTool, span: Range<usize>) {
        self.pending_start = None;
        let mut call = self.call(best.tool, best.filled.args, &span);
        if let Some(previous) = self.previous.filter(|_| self.planned.is_empty())
            && (previous.tool == call.tool || call.refers_back)
        {
            self.inherit_missing(&mut call, &previous.args);
        }
        self.planned.push((call, span));
    }

    /// Adds a clause without another tool. It completes the current call, or it asks for the same tool again.
    fn continue_call(&mut self, clause: &Range<usize>) {
        let Some((current, span)) = self.planned.last().cloned() else { return };
        let tool = &self.tool_index.tools[current.tool];
        let has_array = tool.parameters.iter().any(|param| matches!(param.shape, Shape::Array(_)));
        let mut words = self.sentence.tokens[clause.clone()].iter();
        let first = words.find(|token| !lexicon::is_function_word(&token.lower));
        let is_quotation = first.is_some_and(|token| token.kind == TokenKind::Quoted);
        let merged = span.start..clause.end;
        if tool.spans_clauses() && (has_array || !is_quotation) {
            let filled = fill(tool, self.sentence, merged.clone(), &Hints::new(self.dates));
            let call = self.call(current.tool, filled.args, &merged);
            self.replace_last(call, merged);
            return;
        }
        let hints = Hints { dates: self.dates, is_follow_up: true, missing: &current.missing };
        let values = fill(tool, self.sentence, clause.clone(), &hints).args;
        let has_conflict = values.iter().any(|(name, value)| {
            current.args.get(name).is_some_and(|known| conflicts(known, value))
        });
        if has_conflict {
            let mut call = self.call(current.tool, values, clause);
            self.inherit_missing(&mut call, &current.args);
            self.planned.push((call, clause.clone()));
        } else if !values.is_empty() {
            let mut args = current.args;
            merge(&mut args, values);
            let call = self.call(current.tool, args, &merged);
            self.replace_last(call, merged);
        }
    }

    /// Adds a clause before any tool was found. It may be a follow-up to an earlier message.
    fn continue_previous(&mut self, clause: &Range<usize>) {
        let is_first = self.pending_start.is_none();
        if let Some(previous) = self.previous
            && is_follow_up(self.sentence, clause, previous, is_first)
        {
            let tool = &self.tool_index.tools[previous.tool];
            let hints = Hints { dates: self.dates, is_follow_up: true, missing: &previous.missing };
            let values = fill(tool, self.sentence, clause.clone(), &hints).args;
            if !values.is_empty() {
                let mut args = previous.args.clone();
                merge(&mut args, values);
                let call = self.call(previous.tool, args, clause);
                self.planned.push((call, clause.clone()));
                self.pending_start = None;
                return;
            }
        }
        let has_content = clause.clone().any(|at| {
            let token = &self.sentence.tokens[at];
            token.kind == TokenKind::Quoted
                || (token.kind == TokenKind::Word
                    && !lexicon::is_function_word(&token.lower)
                    && !lexicon::is_command(&token.lower))
        });
        if has_content {
            self.pending_start.get_or_insert(clause.start);
        }
    }

    fn call(&self, tool: usize, args: Map<String, Value>, span: &Range<usize>) -> PlannedCall {
        let words = || self.sentence.tokens[span.clone()].iter().map(|token| token.lower.as_str());
        let item = words()
            .zip(words().skip(1))
            .find(|(_, next)| matches!(*next, "one" | "flight" | "result" | "option"));
        let ordinal = item.and_then(|(word, _)| lexicon::ordinal(word));
        let missing = missing_labels(&self.tool_index.tools[tool].parameters, &args);
        let refers_back = ordinal.is_some() || words().any(lexicon::refers_back);
        PlannedCall { tool, args, missing, refers_back, ordinal: ordinal.unwrap_or(0) }
    }

    fn replace_last(&mut self, call: PlannedCall, span: Range<usize>) {
        if let Some(last) = self.planned.last_mut() {
            *last = (call, span);
        }
    }

    /// Copies the missing required arguments of `call` from `args`.
    fn inherit_missing(&self, call: &mut PlannedCall, args: &Map<String, Value>) {
        let parameters = &self.tool_index.tools[call.tool].parameters;
        for param in parameters.iter().filter(|param| param.required) {
            if let Some(value) = args.get(&param.name)
                && !call.args.contains_key(&param.name)
            {
                call.args.insert(param.name.clone(), value.clone());
            }
        }
        call.missing = missing_labels(parameters, &call.args);
    }

    fn finish(mut self) -> Vec<PlannedCall> {
        if self.planned.is_empty() {
            let whole = 0..self.sentence.tokens.len();
            let best = self.tool_index.choose(self.sentence, &whole, &Hints::new(self.dates));
            if let Some(best) = best {
                self.start_call(best, whole);
            }
        }
        // In "from New York and Boston to Seattle", the first call gets its destination from the second.
        for at in (1..self.planned.len()).rev() {
            let (next_tool, next_args) = (self.planned[at].0.tool, self.planned[at].0.args.clone());
            let mut call = self.planned[at - 1].0.clone();
            if call.tool == next_tool && !call.missing.is_empty() {
                self.inherit_missing(&mut call, &next_args);
                self.planned[at - 1].0 = call;
            }
        }
        let mut calls: Vec<PlannedCall> = Vec::new();
        for (call, _) in self.planned {
            let is_duplicate =
                calls.iter().any(|other| other.tool == call.tool && other.args == call.args);
            if !is_duplicate {
                calls.push(call);
            }
        }
        calls
    }
}
