//! The cost of tokens, by a price table that the application provides.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::usage::Usage;

/// An amount of money in the currency of the price table, with a resolution of 10⁻⁹ units.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cost(u64);

/// The number of billionths in one unit of a currency.
const BILLION: f64 = 1e9;

impl Cost {
    /// Creates an amount in units of the currency: `Cost::new(0.25)` is a quarter of a dollar if
    /// prices are in dollars. A negative amount and NaN count as zero.
    #[must_use]
    pub fn new(units: f64) -> Self {
        // A cast from a float to an integer saturates, and turns NaN into 0.
        Self((units * BILLION).round() as u64)
    }

    /// Returns the amount in units of the currency.
    #[must_use]
    pub fn units(self) -> f64 {
        self.0 as f64 / BILLION
    }

    /// Returns the sum, or the largest amount if the sum exceeds it.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, or zero if `other` is larger.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns whether the amount is zero.
    #[doc(hidden)]
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

impl Add for Cost {
    type Output = Self;

    /// Returns the sum, as [`saturating_add`](Self::saturating_add) does.
    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Self::add)
    }
}

impl<'a> Sum<&'a Self> for Cost {
    fn sum<I: Iterator<Item = &'a Self>>(costs: I) -> Self {
        costs.copied().sum()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.units(), f)
    }
}

/// The price of one model's tokens, in units of the currency for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Price {
    /// The price of input tokens.
    pub input: f64,
    /// The price of input tokens that the provider had cached.
    pub cached_input: f64,
    /// The price of output tokens.
    pub output: f64,
}

impl Price {
    /// Creates a price from those of a million input and a million output tokens. Cached input
    /// costs the same as other input unless [`cached_input`](Self::cached_input) is set.
    #[must_use]
    pub fn per_million(input: f64, output: f64) -> Self {
        Self { input, cached_input: input, output }
    }

    /// Sets the price of a million input tokens that the provider had cached.
    #[must_use]
    pub fn cached_input(mut self, price: f64) -> Self {
        self.cached_input = price;
        self
    }

    /// Returns the cost of `usage`, rounded up to a billionth.
    #[must_use]
    pub fn of(&self, usage: Usage) -> Cost {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        // One unit for a million tokens is 1,000 billionths for one token.
        let parts = [
            ((usage.input_tokens - cached), self.input),
            (cached, self.cached_input),
            (usage.output_tokens, self.output),
        ];
        let billionths = parts.map(|(tokens, price)| tokens as f64 * price * 1e3);
        Cost(billionths.iter().sum::<f64>().ceil() as u64)
    }
}

/// The prices of models, by prefixes of their names.
///
/// Providers respond with longer names than requests contain, such as `gpt-4o-2024-08-06` for
/// `gpt-4o`, so the longest matching prefix applies. If only `""` matches the name in the
/// response, the name in the request is looked up as well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceTable(BTreeMap<String, Price>);

impl PriceTable {
    /// Creates an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the price of the models whose names begin with `model`. The prefix `""` matches all
    /// models that have no other price.
    #[must_use]
    pub fn with(mut self, model: impl Into<String>, price: Price) -> Self {
        self.0.insert(model.into(), price);
        self
    }

    /// Returns the price of a model.
    #[must_use]
    pub fn get(&self, model: &str) -> Option<&Price> {
        longest_prefix(self.0.iter(), model)
    }

    /// Returns the price for the first of several names of a model that has one, or else the
    /// price for `""`.
    #[doc(hidden)]
    pub fn get_any(&self, names: &[&str]) -> Option<&Price> {
        let named = self.0.iter().filter(|(prefix, _)| !prefix.is_empty());
        let found = names.iter().find_map(|model| longest_prefix(named.clone(), model));
        found.or_else(|| self.0.get(""))
    }

    /// Returns the first model with a price that is negative or not finite.
    #[doc(hidden)]
    pub fn invalid_price(&self) -> Option<&str> {
        let is_valid = |price: f64| price.is_finite() && price >= 0.0;
        let mut prices = self.0.iter();
        let found = prices.find(|(_, Price { input, cached_input, output })| {
            ![*input, *cached_input, *output].into_iter().all(is_valid)
        });
        found.map(|(name, _)| name.as_str())
    }

    /// Returns whether the table has no prices.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn longest_prefix<'a>(
    prices: impl Iterator<Item = (&'a String, &'a Price)>,
    model: &str,
) -> Option<&'a Price> {
    let matching = prices.filter(|(prefix, _)| model.starts_with(prefix.as_str()));
    matching.max_by_key(|(prefix, _)| prefix.len()).map(|(_, price)| price)
}

impl<M: Into<String>> Extend<(M, Price)> for PriceTable {
    fn extend<I: IntoIterator<Item = (M, Price)>>(&mut self, prices: I) {
        self.0.extend(prices.into_iter().map(|(model, price)| (model.into(), price)));
    }
}

impl<M: Into<String>> FromIterator<(M, Price)> for PriceTable {
    fn from_iter<I: IntoIterator<Item = (M, Price)>>(prices: I) -> Self {
        let mut table = Self::new();
        table.extend(prices);
        table
    }
}

impl<M: Into<String>, const N: usize> From<[(M, Price); N]> for PriceTable {
    fn from(prices: [(M, Price); N]) -> Self {
        prices.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cost, Price, PriceTable};

    #[test]
    fn costs_add_and_saturate() {
        let costs = [Cost::new(0.25), Cost::new(0.5)];
        assert_eq!(costs[0] + costs[1], Cost::new(0.75));
        assert_eq!(costs.iter().sum::<Cost>(), costs.into_iter().sum());
        assert_eq!(Cost(u64::MAX) + Cost(1), Cost(u64::MAX));
    }

    #[test]
    fn a_table_is_built_from_pairs() {
        let price = Price::per_million(1.0, 2.0);
        let table = PriceTable::from([("gpt-4o", price), ("", price.cached_input(0.5))]);
        assert_eq!(table.get("gpt-4o-2024-08-06"), Some(&price));
        assert_eq!(
            table,
            PriceTable::new().with("gpt-4o", price).with("", price.cached_input(0.5))
        );
    }
}
