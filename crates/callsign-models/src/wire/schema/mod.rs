//! JSON schemas, in the narrower forms that some services want.

mod fit;
pub(super) mod inlined;
pub(crate) mod nulls;
pub(super) mod strict;

#[cfg(test)]
mod tests;
