//! The routes other than chat completions: embeddings and `/info`.

pub mod embeddings;
pub mod info;
mod response;
