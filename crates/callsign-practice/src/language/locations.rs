//! Finds locations in a sentence: origin, destination, or a single place.

use std::ops::Range;

use crate::language::span_view::SpanView;

/// The token ranges of an origin and a destination. `None` if the sentence does not name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) origin: Option<Range<usize>>,
    pub(crate) destination: Option<Range<usize>>,
}

/// Finds a route: "from X to Y", "X to Y", "between X and Y" or "to Y from X".
pub(crate) fn find_route(view: &SpanView<'_>) -> Route {
    if let Some(route) = between(view) {
        return route;
    }
    let origin = after_cue(view, &["from", "leaving", "departing", "out"], &["from", "of"], &[]);
    let taken: Vec<usize> = origin.iter().flat_map(Clone::clone).collect();
    let destination = after_cue(
        view,
        &[
            "to", "into", "towards", "toward", "reaching", "visiting", "visit", "arriving",
            "landing", "bound", "leaving",
        ],
        &["in", "at", "for"],
        &taken,
    );
    let Some(destination) = destination else { return Route { origin, destination: None } };
    let origin = origin.or_else(|| {
        let to = destination.start.checked_sub(1)?;
        let to = if view.lower(to) == "the" { to.checked_sub(1)? } else { to };
        (view.lower(to) == "to").then(|| view.name_before(to)).flatten()
    });
    Route { origin, destination: Some(destination) }
}

fn between(view: &SpanView<'_>) -> Option<Route> {
    let cue = view.range.clone().find(|at| view.lower(*at) == "between")?;
    let origin = view.name_at(cue + 1)?;
    let destination =
        (view.lower(origin.end) == "and").then(|| view.name_at(origin.end + 1)).flatten()?;
    Some(Route { origin: Some(origin), destination: Some(destination) })
}

/// Returns the name after one of `cues`, possibly with one of `skipped` between them. Names that start at a token in
/// `taken` are excluded. Capitalized names are preferred.
fn after_cue(
    view: &SpanView<'_>,
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
    let capitalized = names().find(|name| view.capitalized_name_at(name.start).is_some());
    capitalized.or_else(|| names().next_back())
}

/// Finds a single place: "in X", "of X", "X's …", or a capitalized name.
pub(crate) fn find_place(view: &SpanView<'_>) -> Option<Range<usize>> {
    let cues = ["in", "of", "at", "for", "near", "around", "to", "from", "visiting", "serving"];
    after_cue(view, &cues, &[], &[]).or_else(|| {
        let capitalized = view.range.clone().find_map(|at| view.capitalized_name_at(at));
        let before_tool_word = || {
            let tool_word = view.range.clone().find(|at| view.is_tool_word(*at))?;
            view.name_before(tool_word)
        };
        capitalized.or_else(before_tool_word).or_else(|| view.bare_name())
    })
}

/// Extends a place by its qualifier, such as the state in "Portland, Maine".
pub(crate) fn with_qualifier(view: &SpanView<'_>, name: &Range<usize>) -> Range<usize> {
    let comma = view.token(name.end).is_some_and(|token| token.text == ",");
    match view.capitalized_name_at(name.end + 1).filter(|_| comma) {
        Some(qualifier) => name.start..qualifier.end,
        None => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::entities::Sentence;

    fn check(text: &str, origin: &str, destination: &str) {
        let sentence = Sentence::read(text);
        let name_stems = ["next".to_owned(), "flight".to_owned()];
        let view = SpanView::new(&sentence, 0..sentence.tokens.len(), &name_stems);
        let route = find_route(&view);
        let name = |range: Option<Range<usize>>| {
            range.map(|range| view.name_text(&range)).unwrap_or_default()
        };
        assert_eq!(
            (name(route.origin).as_str(), name(route.destination).as_str()),
            (origin, destination),
            "{text}"
        );
    }

    #[test]
    fn routes_are_found() {
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
