//! Places in a sentence: where from, where to, and where.

use std::ops::Range;

use super::view::View;

/// The two ends of a journey, as far as a sentence names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) origin: Option<Range<usize>>,
    pub(super) destination: Option<Range<usize>>,
}

/// Reads "from X to Y", "X to Y", "between X and Y", "to Y from X".
pub(super) fn route(view: &View<'_>) -> Route {
    if let Some(route) = between(view) {
        return route;
    }
    let origin = after_cue(view, &["from", "leaving", "departing", "out"], &["from", "of"], &[]);
    let ahead: Vec<usize> = origin.iter().flat_map(Clone::clone).collect();
    let destination = after_cue(
        view,
        &[
            "to", "into", "towards", "toward", "reaching", "visiting", "visit", "arriving",
            "landing", "bound", "leaving",
        ],
        &["in", "at", "for"],
        &ahead,
    );
    let Some(destination) = destination else { return Route { origin, destination: None } };
    let origin = origin.or_else(|| {
        let to = destination.start.checked_sub(1)?;
        let to = if view.lower(to) == "the" { to.checked_sub(1)? } else { to };
        (view.lower(to) == "to").then(|| view.name_before(to)).flatten()
    });
    Route { origin, destination: Some(destination) }
}

fn between(view: &View<'_>) -> Option<Route> {
    let cue = view.range.clone().find(|at| view.lower(*at) == "between")?;
    let origin = view.name_at(cue + 1)?;
    let destination =
        (view.lower(origin.end) == "and").then(|| view.name_at(origin.end + 1)).flatten()?;
    Some(Route { origin: Some(origin), destination: Some(destination) })
}

/// The name after one of the cues; one in capitals is preferred.
fn after_cue(
    view: &View<'_>,
    cues: &[&str],
    skipped: &[&str],
    taken: &[usize],
) -> Option<Range<usize>> {
    let names = || {
        view.range.clone().filter(|at| cues.contains(&view.lower(*at))).filter_map(|at| {
            let skip = usize::from(skipped.contains(&view.lower(at + 1)));
            view.name_at(at + 1 + skip).filter(|name| !taken.contains(&name.start))
        })
    };
    let capital = names().find(|name| view.capital_at(name.start).is_some());
    capital.or_else(|| names().next_back())
}

/// Reads one place: "in X", "of X", "X's …", or a name in capitals.
pub(super) fn place(view: &View<'_>) -> Option<Range<usize>> {
    let cues = ["in", "of", "at", "for", "near", "around", "to", "from", "visiting", "serving"];
    after_cue(view, &cues, &[], &[]).or_else(|| {
        let capital = view.range.clone().find_map(|at| view.capital_at(at));
        let before_noun = || {
            let noun = view.range.clone().find(|at| view.is_noun(*at))?;
            view.name_before(noun)
        };
        capital.or_else(before_noun).or_else(|| view.bare_name())
    })
}

/// A place with what qualifies it, such as the state in "Portland, Maine".
pub(super) fn qualified(view: &View<'_>, name: &Range<usize>) -> Range<usize> {
    let comma = view.token(name.end).is_some_and(|token| token.text == ",");
    match view.capital_at(name.end + 1).filter(|_| comma) {
        Some(more) => name.start..more.end,
        None => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::marks::Sentence;
    use super::*;

    fn check(text: &str, origin: &str, destination: &str) {
        let sentence = Sentence::read(text);
        let nouns = ["next".to_owned(), "flight".to_owned()];
        let view = View::new(&sentence, 0..sentence.tokens.len(), &nouns);
        let route = route(&view);
        let said = |range: Option<Range<usize>>| {
            range.map(|range| view.name_text(&range)).unwrap_or_default()
        };
        assert_eq!(
            (said(route.origin).as_str(), said(route.destination).as_str()),
            (origin, destination),
            "{text}"
        );
    }

    #[test]
    fn routes_are_read() {
        check("When is the next flight from New York to Seattle?", "New York", "Seattle");
        check("next flight from new york to seattle tomorrow morning", "New York", "Seattle");
        check("to Rio de Janeiro from St. Louis on July 4", "St. Louis", "Rio de Janeiro");
        check(
            "flights between San Francisco and Los Angeles next week",
            "San Francisco",
            "Los Angeles",
        );
        check("Compare New York to Seattle", "New York", "Seattle");
        check("next flight new york to boston please", "New York", "Boston");
        check("I want to fly to Seattle", "", "Seattle");
        check("I'd like to get from Miami to Seattle", "Miami", "Seattle");
        check("I am leaving Denver at 8pm, arriving in Boston", "Denver", "Boston");
        check("JFK-SEA on 2013-07-04", "JFK", "SEA");
        check("leaving for Boston", "", "Boston");
        check("WHEN IS THE NEXT FLIGHT FROM MIAMI TO SEATTLE", "Miami", "Seattle");
        check("what is 3 to 5", "", "");
    }
}
