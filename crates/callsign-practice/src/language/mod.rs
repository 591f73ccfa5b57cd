//! Reading English sentences: tokens, entities, names and clauses. Knows nothing of tools or HTTP.

pub(crate) mod abbreviations;
pub(crate) mod clauses;
mod current_date;
pub(crate) mod dates;
pub(crate) mod entities;
pub(crate) mod lexicon;
pub(crate) mod locations;
pub(crate) mod span_view;
pub(crate) mod tokenizer;
