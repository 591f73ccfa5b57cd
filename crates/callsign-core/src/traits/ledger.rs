//! What a run and everything under it has used, against its limits of tokens and money.

use std::sync::{Arc, Mutex, PoisonError};

use super::model::Model;
use crate::words::error::Error;
use crate::words::estimate::estimate;
use crate::words::event::ModelReply;
use crate::words::limits::{LimitKind, Limits};
use crate::words::money::{Money, Price, Prices};
use crate::words::request::Request;
use crate::words::usage::Usage;

/// What was used, by one run or by one call of it. Whatever is under it counts for it, too.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    tokens: Option<u64>,
    money: Option<Money>,
    prices: Arc<Prices>,
    above: Option<Arc<Ledger>>,
    spent: Mutex<Spent>,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) usage: Usage,
    pub(crate) cost: Money,
    /// Whether some of the tokens are estimated.
    pub(crate) is_estimated: bool,
}

impl Ledger {
    /// The ledger of a run with these limits.
    pub(crate) fn of_run(limits: &Limits, prices: Arc<Prices>, above: Option<Arc<Self>>) -> Self {
        Self { tokens: limits.tokens, money: limits.money, prices, above, spent: Mutex::default() }
    }

    /// The ledger of something under another one, which has no limits of its own.
    pub(crate) fn under(above: &Arc<Self>) -> Self {
        Self { above: Some(above.clone()), ..Self::default() }
    }

    /// The ledger of an agent that has a run's conversation, which may know other prices.
    pub(crate) fn of_agent(prices: Arc<Prices>, run: &Arc<Self>) -> Self {
        Self { prices, ..Self::under(run) }
    }

    pub(crate) fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limit that is used up, here or above.
    pub(crate) fn exhausted(&self) -> Option<LimitKind> {
        let spent = self.spent();
        if self.tokens.is_some_and(|limit| spent.usage.total_tokens() >= limit) {
            return Some(LimitKind::Tokens);
        }
        if self.money.is_some_and(|limit| spent.cost >= limit) {
            return Some(LimitKind::Money);
        }
        self.above.as_ref().and_then(|above| above.exhausted())
    }

    /// Whether tokens or money are limited, here or above.
    pub(crate) fn is_limited(&self) -> bool {
        self.tokens.is_some() || self.is_money_limited() || self.above_is(Self::is_limited)
    }

    /// What this usage of a model costs, by the prices here or above; `None` where they don't
    /// say. The name counts first under which the service has answered, then those by which it
    /// was asked.
    ///
    /// # Errors
    /// Where they don't say and money is limited: the limit could not be held.
    pub(crate) fn price(
        &self,
        model: &dyn Model,
        answered: Option<&str>,
        usage: Usage,
    ) -> Result<Option<Money>, Error> {
        if self.is_without_prices() && !self.is_money_limited() {
            return Ok(None);
        }
        let asked = model.identity().model.into_iter().chain([model.name()]);
        let names: Vec<_> = answered.into_iter().chain(asked).collect();
        match self.listed(&names) {
            Some(price) => Ok(Some(price.of(usage))),
            None if self.is_money_limited() => {
                let model = names.first().copied().unwrap_or_default();
                Err(Error::configuration(format!(
                    "the price of the model `{model}` is not known, and the run's limit of money \
                     can't be held without it: add it to `.prices(…)`"
                )))
            }
            None => Ok(None),
        }
    }

    /// Counts this, here and above.
    pub(crate) fn add(&self, spent: Spent) {
        {
            let mut total = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
            total.usage += spent.usage;
            total.cost += spent.cost;
            total.is_estimated |= spent.is_estimated;
        }
        if let Some(above) = &self.above {
            above.add(spent);
        }
    }

    /// Counts a reply of this model, here and above. Where the service did not count, its tokens
    /// are estimated from what was sent.
    ///
    /// # Errors
    /// As [`price`](Self::price) fails; its tokens are counted then as well.
    pub(crate) fn charge(
        &self,
        model: &dyn Model,
        sent: Option<&Request>,
        reply: &ModelReply,
    ) -> Result<(), Error> {
        let estimated = || sent.map(|request| estimate(request, &reply.message));
        let usage = reply.usage.or_else(estimated).unwrap_or_default();
        let cost = self.price(model, reply.model.as_deref(), usage);
        let known = cost.as_ref().ok().copied().flatten().unwrap_or_default();
        let is_estimated = reply.usage.is_none() && sent.is_some();
        self.add(Spent { usage, cost: known, is_estimated });
        cost.map(drop)
    }

    fn listed(&self, names: &[&str]) -> Option<Price> {
        let here = self.prices.get_any(names).copied();
        here.or_else(|| self.above.as_ref().and_then(|above| above.listed(names)))
    }

    fn is_without_prices(&self) -> bool {
        self.prices.is_empty() && self.above.as_deref().is_none_or(Self::is_without_prices)
    }

    fn is_money_limited(&self) -> bool {
        self.money.is_some() || self.above_is(Self::is_money_limited)
    }

    fn above_is(&self, what: fn(&Self) -> bool) -> bool {
        self.above.as_deref().is_some_and(what)
    }
}
