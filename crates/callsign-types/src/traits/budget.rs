//! The tokens and cost of a run and its sub-agents, against the limits of the run.

use std::ops::AddAssign;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::Model;
use crate::error::Error;
use crate::event::ModelResponse;
use crate::journal::entry::RecordedSpending;
use crate::limits::{LimitKind, Limits};
use crate::pricing::{Cost, Price, PriceTable};
use crate::request::Request;
use crate::token_estimate::estimate;
use crate::usage::Usage;

/// The spending of a run or of one of its calls. It counts for all parents as well.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct Budget {
    max_tokens: Option<u64>,
    max_cost: Option<Cost>,
    prices: Arc<PriceTable>,
    parent: Option<Arc<Budget>>,
    /// What earlier runs of the same request have spent. It counts for the limits of this budget
    /// only: what the parents have not counted yet is added to them apart.
    earlier: Spending,
    spent: Mutex<Spending>,
}

/// Tokens and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[doc(hidden)]
pub struct Spending {
    #[doc(hidden)]
    pub usage: Usage,
    #[doc(hidden)]
    pub cost: Cost,
    /// Whether some tokens are estimated.
    #[doc(hidden)]
    pub is_estimated: bool,
}

impl Spending {
    /// Returns what is more than `other`.
    #[doc(hidden)]
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        let [ours, theirs] = [self.usage.counts(), other.usage.counts()];
        let mut counts = ours;
        for (count, other) in counts.iter_mut().zip(theirs) {
            *count = count.saturating_sub(other);
        }
        let usage = Usage::from_counts(counts);
        Self { usage, cost: self.cost.saturating_sub(other.cost), is_estimated: self.is_estimated }
    }

    /// Returns whether nothing was spent.
    #[doc(hidden)]
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.usage == Usage::default() && self.cost.is_zero()
    }
}

impl AddAssign for Spending {
    fn add_assign(&mut self, other: Self) {
        self.usage += other.usage;
        self.cost += other.cost;
        self.is_estimated |= other.is_estimated;
    }
}

impl From<RecordedSpending> for Spending {
    fn from(recorded: RecordedSpending) -> Self {
        let RecordedSpending { usage, cost, is_estimated } = recorded;
        Self { usage, cost, is_estimated }
    }
}

impl From<Spending> for RecordedSpending {
    fn from(spent: Spending) -> Self {
        let Spending { usage, cost, is_estimated } = spent;
        Self { is_estimated, ..Self::new(usage, cost) }
    }
}

impl Budget {
    /// Creates the budget of a run with these limits, of which earlier runs of the request have
    /// spent `earlier`. The parent is the budget of the call that started the run, if there is one.
    #[doc(hidden)]
    pub fn for_run(
        limits: &Limits,
        prices: Arc<PriceTable>,
        parent: Option<Arc<Self>>,
        earlier: Spending,
    ) -> Self {
        let (max_tokens, max_cost) = (limits.max_total_tokens, limits.max_cost);
        Self { max_tokens, max_cost, prices, parent, earlier, spent: Mutex::default() }
    }

    /// Creates a budget without limits of its own.
    #[doc(hidden)]
    pub fn child_of(parent: &Arc<Self>) -> Self {
        Self { parent: Some(parent.clone()), ..Self::default() }
    }

    /// Creates the budget of an agent that takes part in a run and may have other prices.
    #[doc(hidden)]
    pub fn for_agent(prices: Arc<PriceTable>, run: &Arc<Self>) -> Self {
        Self { prices, ..Self::child_of(run) }
    }

    /// Returns what was spent so far.
    #[doc(hidden)]
    pub fn spent(&self) -> Spending {
        *self.lock()
    }

    /// Returns a limit that is exhausted, of this budget or a parent.
    #[doc(hidden)]
    pub fn exhausted(&self) -> Option<LimitKind> {
        let (spent, earlier) = (self.spent(), self.earlier);
        let tokens = spent.usage + earlier.usage;
        if self.max_tokens.is_some_and(|limit| tokens.total_tokens() >= limit) {
            return Some(LimitKind::Tokens);
        }
        if self.max_cost.is_some_and(|limit| spent.cost + earlier.cost >= limit) {
            return Some(LimitKind::Cost);
        }
        self.parent.as_ref().and_then(|parent| parent.exhausted())
    }

    /// Returns whether this budget or a parent limits tokens or cost.
    #[doc(hidden)]
    pub fn is_limited(&self) -> bool {
        self.max_tokens.is_some() || self.is_cost_limited() || self.parent_is(Self::is_limited)
    }

    /// Returns the cost of a usage, by the prices of this budget or a parent; `None` if the price
    /// is unknown. The name in the response is looked up first, then those in the request.
    ///
    /// # Errors
    /// Returns a configuration error if the price is unknown and the cost is limited, because the
    /// limit cannot be enforced.
    #[doc(hidden)]
    pub fn price(
        &self,
        model: &dyn Model,
        response_model: Option<&str>,
        usage: Usage,
    ) -> Result<Option<Cost>, Error> {
        if self.has_no_prices() && !self.is_cost_limited() {
            return Ok(None);
        }
        let info = model.info();
        let requested = info.model.into_iter().chain([info.name]);
        let names: Vec<_> = response_model.into_iter().chain(requested).collect();
        match self.find_price(&names) {
            Some(price) => Ok(Some(price.of(usage))),
            None if self.is_cost_limited() => {
                let model = names.first().copied().unwrap_or_default();
                Err(Error::configuration(format!(
                    "the price of model `{model}` is unknown, so the run's cost limit cannot be \
                     enforced: add it to `.prices(…)`"
                )))
            }
            None => Ok(None),
        }
    }

    /// Adds to the spending of this budget and its parents.
    #[doc(hidden)]
    pub fn add(&self, spent: Spending) {
        {
            // Released before the parent is locked, so that budgets never hold two locks.
            *self.lock() += spent;
        }
        if let Some(parent) = &self.parent {
            parent.add(spent);
        }
    }

    /// Adds a model's response to this budget and its parents. If the provider reported no usage,
    /// the tokens are estimated from `sent`.
    ///
    /// # Errors
    /// Returns the error of [`price`](Self::price). The tokens are counted even then.
    #[doc(hidden)]
    pub fn charge(
        &self,
        model: &dyn Model,
        sent: Option<&Request>,
        response: &ModelResponse,
    ) -> Result<(), Error> {
        let estimated = || sent.map(|request| estimate(request, &response.message));
        let usage = response.usage.or_else(estimated).unwrap_or_default();
        let cost = self.price(model, response.model.as_deref(), usage);
        let known = cost.as_ref().ok().copied().flatten().unwrap_or_default();
        let is_estimated = response.usage.is_none() && sent.is_some();
        self.add(Spending { usage, cost: known, is_estimated });
        cost.map(drop)
    }

    fn find_price(&self, names: &[&str]) -> Option<Price> {
        let own = self.prices.get_any(names).copied();
        own.or_else(|| self.parent.as_ref().and_then(|parent| parent.find_price(names)))
    }

    fn has_no_prices(&self) -> bool {
        self.prices.is_empty() && self.parent.as_deref().is_none_or(Self::has_no_prices)
    }

    fn is_cost_limited(&self) -> bool {
        self.max_cost.is_some() || self.parent_is(Self::is_cost_limited)
    }

    fn parent_is(&self, predicate: fn(&Self) -> bool) -> bool {
        self.parent.as_deref().is_some_and(predicate)
    }

    fn lock(&self) -> MutexGuard<'_, Spending> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
