//! Images and audio from files and bytes, as parts of a message.
//!
//! The format is detected from the first bytes and not from the file name: providers reject an
//! image with a wrong media type.

pub mod audio;
mod detect;
pub mod image;
mod read;
