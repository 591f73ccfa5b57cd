//! Comparison with another validator, the crate `jsonschema`: random schemas and values have the
//! same verdicts.
//!
//! `CALLSIGN_SCHEMA_CASES` sets the number of cases, and `CALLSIGN_SCHEMA_SEED` where they begin.

mod generate;
mod random;

use serde_json::Value;

use self::generate::Generator;
use self::random::Random;
use super::{Unchecked, Validator};

/// The number of values that are checked against one schema.
const VALUES: u64 = 40;

/// The number of pairs of a schema and a value.
const CASES: u64 = 100_000;

/// Returns whether a difference may apply to the texts of a schema and a value.
type Applies = fn(&str, &str) -> bool;

/// What the two validators decide differently on purpose, and the reasons.
const DIFFERENCES: [(&str, Applies); 3] = [
    (
        "in draft 4, `1.0` is not an integer; it is one here, because models write it",
        |schema, value| {
            let has_integer = schema.contains("draft-04") && schema.contains("\"integer\"");
            has_integer && (value.contains(".0") || schema.contains(".0"))
        },
    ),
    (
        "in draft 2019-09, `contains` does not evaluate items (core, section 9.3.1.3)",
        |schema, _| {
            ["2019-09", "\"contains\"", "\"unevaluatedItems\""].iter().all(|it| schema.contains(it))
        },
    ),
    ("the other validator divides integers of more than 53 bits as floats", |schema, value| {
        schema.contains("\"multipleOf\"") && value.contains("9007199254740993")
    }),
];

#[test]
fn verdicts_are_those_of_another_validator() {
    let cases = setting("CALLSIGN_SCHEMA_CASES", CASES);
    let mut seed = setting("CALLSIGN_SCHEMA_SEED", 1);
    let (mut compared, mut valid) = (0, 0);
    while compared < cases {
        seed += 1;
        let mut generator = Generator::new(Random::new(seed));
        let schema = generator.root();
        let ours = Validator::lenient(&schema).unwrap_or_else(|error| panic!("{error}: {schema}"));
        let theirs = jsonschema::validator_for(&schema).ok();
        if let Some(invalid) = ours.unchecked().iter().find(|unchecked| is_wrong(unchecked)) {
            assert!(theirs.is_none(), "seed {seed}: {invalid}: {schema}");
        }
        for _ in 0..VALUES {
            let value = generator.value();
            let is_valid = ours.check(&value).is_ok();
            let Some(theirs) = theirs.as_ref().filter(|_| ours.unchecked().is_empty()) else {
                continue;
            };
            compared += 1;
            valid += u64::from(is_valid);
            let agree = is_valid == theirs.is_valid(&value) || is_known(&schema, &value);
            assert!(agree, "seed {seed}: {is_valid} here for {value} and {schema}");
        }
    }
    // Otherwise the comparison would mean little.
    let rejected = compared - valid;
    assert!(valid * 4 > compared && rejected * 4 > compared, "{valid} of {compared} are valid");
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Returns whether the other validator must find this, too. It does not look for contradictions,
/// and not into schemas that are not used.
fn is_wrong(unchecked: &Unchecked) -> bool {
    unchecked.is_invalid() && !["$ref", "required"].contains(&unchecked.keyword())
}

fn is_known(schema: &Value, value: &Value) -> bool {
    let (schema, value) = (schema.to_string(), value.to_string());
    DIFFERENCES.iter().any(|(_, applies)| applies(&schema, &value))
}
