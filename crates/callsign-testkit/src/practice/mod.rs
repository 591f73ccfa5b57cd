//! The practice model: a chat-completions server on the loopback interface that follows rules.
//!
//! It is no language model, and says so. It lets an agent be tried from end to end, over real HTTP and real
//! server-sent events, with no key and no network: it picks among the offered tools by comparing words, fills their
//! arguments from the sentence, asks for what is missing, and words what the tools found. It never makes a value up;
//! only where a request *forces* a call or an answer of a given schema does it put blanks for what it can't know.
//!
//! The server reads and writes raw JSON and shares nothing with any client's codec, so that the two can't be wrong
//! in the same way. It is as strict as the services that it stands in for: a history in which a call has no result
//! is refused.
//!
//! Images and audio are checked and named in the answer, never looked into. Every word has the logarithmic
//! probability 0, because rules leave no doubt. Vectors are made of words' hashes: texts that share words are near.
//! A user's message that has [the filtered phrase](PracticeModel::FILTERED) in it is withheld as a content filter does.
//!
//! The way of a request, from room to room:
//!
//! - `routes` takes it, `extras` and `filter` look at it first, `request` reads it, `decide` finds the answer,
//!   `reply` cuts and writes it, `stream` streams it; `embeddings` is the other thing that can be asked for
//! - within `decide`: `plan` cuts the message into parts (`clauses`), finds each a tool (`choose`) and arguments (`fill`);
//!   `findings` looks into results of tools and `words` words them; `chat` is for all the rest
//! - `text`, `marks`, `dates`, `lexicon`, `schema`, `view`, `places` and `numbers` are what these stand on

mod chat;
mod choose;
mod clauses;
mod complaint;
mod dates;
mod decide;
mod embeddings;
mod extras;
mod fill;
mod filter;
mod findings;
mod lexicon;
mod marks;
mod media;
mod numbers;
mod places;
mod plan;
mod reply;
mod request;
mod routes;
mod schema;
mod server;
mod stream;
mod text;
mod view;
mod words;

pub use server::{PracticeModel, PracticeModelBuilder};

#[cfg(test)]
mod tests;
