//! The query for a list of conversations, in the SQL that both databases understand.

use callsign_core::traits::catalogue::{ConversationOrder, ConversationQuery};
use callsign_core::words::id::ConversationId;

use crate::rows::stored;

/// A value in a query's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

/// What comes behind the columns: the conditions, the order and the limit, and the values for
/// their places in turn.
///
/// The table `conversations` is to be known as `c`. There is one row more than the query's limit
/// where another page follows.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

struct Conditions {
    /// What a numbered place begins with: `?` or `$`.
    mark: char,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        let place = format!("{}{}", self.mark, self.values.len());
        self.conditions.push(condition.replace("{}", &place));
    }
}

/// The listing that a query asks for; `labels` is the name of the table of labels.
pub(crate) fn listing(query: &ConversationQuery, mark: char, labels: &str) -> Listing {
    let mut all = Conditions { mark, conditions: Vec::new(), values: Vec::new() };
    if !query.prefix.is_empty() {
        all.add("c.name >= {}", Value::Text(query.prefix.clone()));
        if let Some(end) = behind(&query.prefix) {
            all.add("c.name < {}", Value::Text(end));
        }
    }
    if !query.agents {
        let agents = ConversationId::AGENTS;
        let end = behind(agents).unwrap_or_default();
        all.conditions.push(format!("(c.name < '{agents}' OR c.name >= '{end}')"));
    }
    for label in &query.labels {
        let condition = format!("c.id IN (SELECT conversation FROM {labels} WHERE label = {{}})");
        all.add(&condition, Value::Text(label.clone()));
    }
    let times = [
        ("c.created >= {}", query.created_since),
        ("c.created < {}", query.created_before),
        ("c.changed >= {}", query.changed_since),
        ("c.changed < {}", query.changed_before),
    ];
    for (condition, time) in times {
        if let Some(time) = time {
            all.add(condition, Value::Number(stored(time)));
        }
    }
    let column = match query.effective_order() {
        ConversationOrder::Created => Some("created"),
        ConversationOrder::Changed => Some("changed"),
        _ => None,
    };
    if let Some(cursor) = &query.after {
        match column {
            None => all.add("c.name > {}", Value::Text(cursor.name().to_owned())),
            Some(column) => {
                let time = stored(cursor.time());
                // Said twice, so that the index is entered at the right place.
                all.add(&format!("c.{column} <= {{}}"), Value::Number(time));
                all.add(&format!("(c.{column} < {{}}"), Value::Number(time));
                // The other half of the same condition.
                let first = all.conditions.pop().unwrap_or_default();
                let name = Value::Text(cursor.name().to_owned());
                all.add(&format!("{first} OR c.name > {{}})"), name);
            }
        }
    }
    let mut sql = String::new();
    if !all.conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&all.conditions.join(" AND "));
    }
    let order = column.map_or(String::new(), |column| format!("c.{column} DESC, "));
    let rows = query.effective_limit() + 1;
    sql.push_str(&format!(" ORDER BY {order}c.name LIMIT {rows}"));
    Listing { sql, values: all.values }
}

/// The first text behind all those that begin so, byte by byte; `None` where there is none.
fn behind(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The numbers between these are no characters.
        let next = if last == '\u{d7ff}' { 0xe000 } else { u32::from(last) + 1 };
        if let Some(next) = char::from_u32(next) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn what_is_behind_a_prefix() {
        let cases = [
            ("ada/", Some("ada0")),
            ("a\u{7f}", Some("a\u{80}")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
        ];
        for (prefix, end) in cases {
            assert_eq!(behind(prefix).as_deref(), end, "{prefix:?}");
            if let Some(end) = end {
                assert!(format!("{prefix}\u{10ffff}").as_str() < end && prefix < end);
            }
        }
    }
}
