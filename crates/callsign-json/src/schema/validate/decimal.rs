//! Decimal arithmetic on the text of numbers, so that `19.99` is a multiple of `0.01`.

use std::cmp::Ordering;

use serde_json::Number;

/// A number as its text has it: `digits × 10^exponent`, with a sign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Decimal {
    is_negative: bool,
    /// The digits without zeros at either end. Empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    pub(super) fn of(number: &Number) -> Self {
        Self::parse(&number.to_string())
    }

    /// Parses a JSON number.
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(mantissa) => (true, mantissa),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let bound = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        // An exponent that does not fit is as good as the largest one.
        let exponent = exponent.parse::<i64>().unwrap_or(bound).clamp(i64::MIN / 4, i64::MAX / 4);
        let mut exponent = exponent.saturating_sub_unsigned(length(fraction));
        let mut digits: Vec<_> =
            whole.bytes().chain(fraction.bytes()).map(|byte| byte.wrapping_sub(b'0')).collect();
        let significant = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        exponent = exponent.saturating_add_unsigned(length(&digits[significant..]));
        digits.truncate(significant);
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Self { is_negative: false, digits, exponent: 0 };
        }
        Self { is_negative, digits, exponent }
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(super) fn is_positive(&self) -> bool {
        !self.is_negative && !self.digits.is_empty()
    }

    /// Returns whether the number is an integral multiple of `divisor`.
    pub(super) fn is_multiple_of(&self, divisor: Divisor) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        // The last digit is not zero, so a negative power of ten never divides the number.
        let Ok(power) = u64::try_from(self.exponent.saturating_sub(divisor.exponent)) else {
            return false;
        };
        let modulus = u128::from(divisor.digits);
        let rest = self.digits.iter().fold(0, |rest, d| (rest * 10 + u128::from(*d)) % modulus);
        (rest * power_of_ten(power, modulus)).is_multiple_of(modulus)
    }

    /// Returns the number as a divisor; `None` if it is not positive or has too many digits.
    pub(super) fn divisor(&self) -> Option<Divisor> {
        let digits = self.digits.iter().try_fold(0_u64, |sum, digit| {
            sum.checked_mul(10).and_then(|sum| sum.checked_add(u64::from(*digit)))
        });
        let digits = digits.filter(|_| self.is_positive())?;
        Some(Divisor { digits, exponent: self.exponent })
    }

    /// Returns the power of ten that is just above the number.
    fn magnitude(&self) -> i64 {
        self.exponent.saturating_add_unsigned(length(&self.digits))
    }
}

/// The value of `multipleOf`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisor {
    /// At least 1.
    digits: u64,
    exponent: i64,
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, is_negative) => {
                if is_negative {
                    -1
                } else {
                    1
                }
            }
        };
        let absolute = || {
            let magnitude = self.magnitude().cmp(&other.magnitude());
            magnitude.then_with(|| self.digits.cmp(&other.digits))
        };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => absolute(),
            _ => absolute().reverse(),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares two numbers by their values.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => Decimal::of(a).cmp(&Decimal::of(b)),
    }
}

/// Returns `10^power mod modulus`.
fn power_of_ten(mut power: u64, modulus: u128) -> u128 {
    let (mut result, mut base) = (1 % modulus, 10 % modulus);
    while power > 0 {
        if power % 2 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        power /= 2;
    }
    result
}

fn length(items: impl AsRef<[u8]>) -> u64 {
    u64::try_from(items.as_ref().len()).unwrap_or(u64::MAX)
}
