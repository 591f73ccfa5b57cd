//! Mistakes that the agent builder reports.

use callsign_testkit::ScriptedModel;
use callsign_types::pricing::{Price, PriceTable};

use crate::common;
use crate::common::{Effects, agent, work};

#[tokio::test]
async fn duplicate_or_invalid_tool_names_fail_the_build() {
    let effects = Effects::default();
    let model = ScriptedModel::new([]);
    let twice = agent(&model).tool(work(&effects)).tool(work(&effects)).build().unwrap_err();
    assert!(twice.is_configuration());
    let same = "two tools are named `work` and have the same definition: remove the";
    assert!(twice.to_string().starts_with(same), "{twice}");
    let other = work(&effects).with(|spec| spec.definition.description = "Other.".into());
    let twice = agent(&model).tool(work(&effects)).tool(other).build().unwrap_err();
    let other = "two tools are named `work`: give one of them another name";
    assert!(twice.to_string().starts_with(other), "{twice}");
    let named =
        common::FnTool::new("flug suche", common::any_object(), |_, _| async { Ok("".into()) });
    let named = agent(&model).tool(named).build().unwrap_err();
    assert!(named.to_string().contains("invalid tool name `flug suche`"), "{named}");
}

#[test]
fn invalid_prices_are_rejected() {
    for price in [f64::NAN, f64::INFINITY, -5.0] {
        for price in [
            Price::per_million(price, 1.0),
            Price::per_million(1.0, price),
            Price::per_million(1.0, 1.0).cached_input(price),
        ] {
            let model = ScriptedModel::new([]);
            let builder = agent(&model).prices(PriceTable::new().with("other", price));
            let error = builder.build().unwrap_err();
            assert!(error.is_configuration() && error.to_string().contains("`other`"), "{error}");
        }
    }
}
