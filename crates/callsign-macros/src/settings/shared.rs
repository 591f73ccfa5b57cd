//! What can be said of one tool, and of all the tools of a block.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitInt, LitStr, Result};

use super::audience::{self, Audience};
use super::flag::{Said, flag};
use super::{size, time};
use crate::keys::value;

/// What was said.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(super) group: Option<LitStr>,
    pub(super) read_only: Option<Said<bool>>,
    pub(super) idempotent: Option<Said<bool>>,
    pub(super) approval: Option<Said<bool>>,
    pub(super) sequential: Option<Said<bool>>,
    pub(super) coerce: Option<Said<bool>>,
    pub(super) strict: Option<Said<bool>>,
    pub(super) errors: Option<Audience>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) concurrency: Option<Said<u32>>,
    pub(super) max_result_bytes: Option<u64>,
}

impl Settings {
    /// Takes the value of a key.
    pub(crate) fn take(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "group" => self.group = Some(group(value(meta)?.parse()?)?),
            "read_only" => self.read_only = Some(flag(meta)?),
            "idempotent" => self.idempotent = Some(flag(meta)?),
            "approval" => self.approval = Some(flag(meta)?),
            "sequential" => self.sequential = Some(flag(meta)?),
            "coerce" => self.coerce = Some(flag(meta)?),
            "strict" => self.strict = Some(flag(meta)?),
            "errors" => self.errors = Some(audience::read(value(meta)?)?),
            "timeout" => self.timeout_ms = Some(time::milliseconds(value(meta)?)?),
            "concurrency" => {
                self.concurrency = Some(Said::by(meta, positive(&value(meta)?.parse()?)?));
            }
            "max_result_bytes" => self.max_result_bytes = Some(size::bytes(value(meta)?)?),
            _ => return Err(meta.error(format_args!("`{key}` can't be said here"))),
        }
        Ok(())
    }

    /// These settings, and where they say nothing, those of the block.
    pub(crate) fn or(self, block: &Self) -> Self {
        Self {
            group: self.group.or_else(|| block.group.clone()),
            read_only: self.read_only.or(block.read_only),
            idempotent: self.idempotent.or(block.idempotent),
            approval: self.approval.or(block.approval),
            sequential: self.sequential.or(block.sequential),
            coerce: self.coerce.or(block.coerce),
            strict: self.strict.or(block.strict),
            errors: self.errors.or(block.errors),
            timeout_ms: self.timeout_ms.or(block.timeout_ms),
            concurrency: self.concurrency.or(block.concurrency),
            max_result_bytes: self.max_result_bytes.or(block.max_result_bytes),
        }
    }
}

fn group(text: LitStr) -> Result<LitStr> {
    if text.value().is_empty() {
        return Err(Error::new(text.span(), "a group has a name: give it one, or leave it out"));
    }
    Ok(text)
}

fn positive(number: &LitInt) -> Result<u32> {
    match number.base10_parse()? {
        0 => Err(Error::new(
            number.span(),
            "a tool that runs none of its calls at once never runs: at least 1",
        )),
        number => Ok(number),
    }
}
