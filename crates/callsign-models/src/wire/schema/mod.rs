//! JSON schemas, in the narrower forms that some services want.

pub(crate) mod dialect;
mod fit;
mod inlined;
pub(crate) mod nulls;
mod strict;
mod unsayable;

#[cfg(test)]
mod tests;
