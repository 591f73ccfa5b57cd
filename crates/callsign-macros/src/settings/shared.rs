//! Settings of one tool, or of all tools of a block.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitInt, LitStr, Result};

use super::error_visibility::{self, ErrorVisibility};
use super::flag::{WithSpan, flag};
use super::{size, time};
use crate::attribute_parser::value;

/// The settings; `None` for those that the user left out.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(super) group: Option<LitStr>,
    pub(super) read_only: Option<WithSpan<bool>>,
    pub(super) idempotent: Option<WithSpan<bool>>,
    pub(super) approval: Option<WithSpan<bool>>,
    pub(super) sequential: Option<WithSpan<bool>>,
    pub(super) coerce: Option<WithSpan<bool>>,
    pub(super) strict: Option<WithSpan<bool>>,
    pub(super) errors: Option<ErrorVisibility>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) concurrency: Option<WithSpan<u32>>,
    pub(super) max_result_bytes: Option<u64>,
}

impl Settings {
    /// Parses and sets the value of a key.
    pub(crate) fn set(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "group" => self.group = Some(group(value(meta)?.parse()?)?),
            "read_only" => self.read_only = Some(flag(meta)?),
            "idempotent" => self.idempotent = Some(flag(meta)?),
            "approval" => self.approval = Some(flag(meta)?),
            "sequential" => self.sequential = Some(flag(meta)?),
            "coerce" => self.coerce = Some(flag(meta)?),
            "strict" => self.strict = Some(flag(meta)?),
            "errors" => self.errors = Some(error_visibility::parse(value(meta)?)?),
            "timeout" => self.timeout_ms = Some(time::milliseconds(value(meta)?)?),
            "concurrency" => {
                self.concurrency = Some(WithSpan::new(meta, positive(&value(meta)?.parse()?)?));
            }
            "max_result_bytes" => self.max_result_bytes = Some(size::bytes(value(meta)?)?),
            _ => return Err(meta.error(format_args!("`{key}` is not a setting of a tool"))),
        }
        Ok(())
    }

    /// Returns these settings, with the block's for those that are not set.
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
        return Err(Error::new(
            text.span(),
            "a group name can't be empty: write a name, or remove `group`",
        ));
    }
    Ok(text)
}

fn positive(number: &LitInt) -> Result<u32> {
    match number.base10_parse()? {
        0 => Err(Error::new(number.span(), "`concurrency` must be at least 1")),
        number => Ok(number),
    }
}
