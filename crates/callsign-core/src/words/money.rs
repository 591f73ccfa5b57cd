//! What tokens cost, by a price table that the user gives.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::usage::Usage;

/// An amount of money, in the currency of the price table. Kept in billionths of its unit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(u64);

/// Billionths in one unit of a currency.
const BILLION: f64 = 1e9;

impl Money {
    /// So much in whole units of the currency: `Money::new(0.25)` is a quarter of a dollar where
    /// prices are in dollars. What is below zero, or no number, counts as nothing.
    #[must_use]
    pub fn new(units: f64) -> Self {
        // A cast of a float to an integer saturates, and makes 0 of what is no number.
        Self((units * BILLION).round() as u64)
    }

    /// The amount in whole units of the currency.
    #[must_use]
    pub fn units(self) -> f64 {
        self.0 as f64 / BILLION
    }

    /// Both together.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.units(), f)
    }
}

/// What the tokens of one model cost.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Price {
    /// A million tokens in.
    pub input: f64,
    /// A million tokens in that the service had cached.
    pub cached_input: f64,
    /// A million tokens out.
    pub output: f64,
}

impl Price {
    /// So much for a million tokens in and a million out, in units of the currency. Cached input
    /// costs as much as other input, until [`cached_input`](Self::cached_input) says otherwise.
    #[must_use]
    pub fn per_million(input: f64, output: f64) -> Self {
        Self { input, cached_input: input, output }
    }

    /// Sets what a million tokens cost that the service had cached.
    #[must_use]
    pub fn cached_input(mut self, price: f64) -> Self {
        self.cached_input = price;
        self
    }

    /// What this usage costs, rounded up.
    #[must_use]
    pub fn of(&self, usage: Usage) -> Money {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        // Units for a million tokens are millionths for one, and a thousand billionths.
        let parts = [
            ((usage.input_tokens - cached), self.input),
            (cached, self.cached_input),
            (usage.output_tokens, self.output),
        ];
        let billionths = parts.map(|(tokens, price)| tokens as f64 * price * 1e3);
        Money(billionths.iter().sum::<f64>().ceil() as u64)
    }
}

/// The prices of models, by the beginnings of their names.
///
/// Services answer with longer names than they are asked by, such as `gpt-4o-2024-08-06` for
/// `gpt-4o`: the longest beginning that fits counts. Where none but `""` fits the name that a
/// service has answered by, the name that was asked for counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// A table of no prices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the price of the models whose names begin so; `""` stands for all that are left.
    #[must_use]
    pub fn with(mut self, model: impl Into<String>, price: Price) -> Self {
        self.0.insert(model.into(), price);
        self
    }

    /// The price of a model.
    #[must_use]
    pub fn get(&self, model: &str) -> Option<&Price> {
        let fits = self.0.iter().filter(|(name, _)| model.starts_with(name.as_str()));
        fits.max_by_key(|(name, _)| name.len()).map(|(_, price)| price)
    }

    /// The price of a model that has several names, by the first of them that says more than `""`.
    pub(crate) fn get_any(&self, names: &[&str]) -> Option<&Price> {
        let prices = self.0.iter().filter(|(name, _)| !name.is_empty());
        let fits = |model: &&str| {
            let fits = prices.clone().filter(|(name, _)| model.starts_with(name.as_str()));
            fits.max_by_key(|(name, _)| name.len()).map(|(_, price)| price)
        };
        names.iter().find_map(fits).or_else(|| self.0.get(""))
    }

    /// The first model in it with a price that is below zero, or no number.
    pub(crate) fn impossible(&self) -> Option<&str> {
        let is_possible = |price: f64| price.is_finite() && price >= 0.0;
        let mut prices = self.0.iter();
        let found = prices.find(|(_, Price { input, cached_input, output })| {
            ![*input, *cached_input, *output].into_iter().all(is_possible)
        });
        found.map(|(name, _)| name.as_str())
    }

    /// Whether there is no price in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
