//! The query that lists conversations, in the SQL that both databases understand.

use callsign_types::id::ConversationId;
use callsign_types::traits::conversation_index::{ConversationOrder, ConversationQuery};

use crate::rows::to_sql;

/// The value of a bind parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlParameter {
    Text(String),
    Number(i64),
}

/// The part of a `SELECT` after the columns: conditions, order and limit.
///
/// The table `conversations` must have the alias `c`. The query returns one row more than the
/// query's limit if another page follows.
#[derive(Debug)]
pub(crate) struct ListClauses {
    pub(crate) sql: String,
    /// The values of the numbered parameters, in order.
    pub(crate) parameters: Vec<SqlParameter>,
}

struct Conditions {
    /// The prefix of a numbered parameter: `?` or `$`.
    mark: char,
    conditions: Vec<String>,
    parameters: Vec<SqlParameter>,
}

impl Conditions {
    /// Adds a condition in which `{}` is a parameter of this value.
    fn add(&mut self, condition: &str, value: SqlParameter) {
        self.parameters.push(value);
        let parameter = format!("{}{}", self.mark, self.parameters.len());
        self.conditions.push(condition.replace("{}", &parameter));
    }
}

/// Returns the clauses for `query`. `labels` is the name of the table of labels.
pub(crate) fn list_clauses(query: &ConversationQuery, mark: char, labels: &str) -> ListClauses {
    let mut all = Conditions { mark, conditions: Vec::new(), parameters: Vec::new() };
    add_names(&mut all, query);
    for label in &query.labels {
        let condition = format!("c.id IN (SELECT conversation FROM {labels} WHERE label = {{}})");
        all.add(&condition, SqlParameter::Text(label.clone()));
    }
    let times = [
        ("c.created >= {}", query.created_since),
        ("c.created < {}", query.created_before),
        ("c.changed >= {}", query.changed_since),
        ("c.changed < {}", query.changed_before),
    ];
    for (condition, time) in times {
        if let Some(time) = time {
            all.add(condition, SqlParameter::Number(to_sql(time)));
        }
    }
    let column = match query.effective_order() {
        ConversationOrder::Created => Some("created"),
        ConversationOrder::Changed => Some("changed"),
        _ => None,
    };
    add_cursor(&mut all, query, column);
    let mut sql = String::new();
    if !all.conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&all.conditions.join(" AND "));
    }
    let order = column.map_or(String::new(), |column| format!("c.{column} DESC, "));
    let rows = query.effective_limit() + 1;
    sql.push_str(&format!(" ORDER BY {order}c.name LIMIT {rows}"));
    ListClauses { sql, parameters: all.parameters }
}

/// Adds the conditions on the name: the prefix, and whether sub-agents' conversations are listed.
fn add_names(all: &mut Conditions, query: &ConversationQuery) {
    if !query.prefix.is_empty() {
        all.add("c.name >= {}", SqlParameter::Text(query.prefix.clone()));
        if let Some(end) = prefix_end(&query.prefix) {
            all.add("c.name < {}", SqlParameter::Text(end));
        }
    }
    if !query.agents {
        let agents = ConversationId::AGENTS;
        let end = prefix_end(agents).unwrap_or_default();
        all.conditions.push(format!("(c.name < '{agents}' OR c.name >= '{end}')"));
    }
}

/// Adds the condition that skips the earlier pages. `column` is the time that orders the list;
/// `None` if it is ordered by name.
fn add_cursor(all: &mut Conditions, query: &ConversationQuery, column: Option<&str>) {
    let Some(cursor) = &query.after else { return };
    let name = SqlParameter::Text(cursor.name().to_owned());
    let Some(column) = column else { return all.add("c.name > {}", name) };
    let time = to_sql(cursor.time());
    // Implied by the next condition, but the databases need it to seek in the index.
    all.add(&format!("c.{column} <= {{}}"), SqlParameter::Number(time));
    // One condition with two parameters: the second call completes the first.
    all.add(&format!("(c.{column} < {{}}"), SqlParameter::Number(time));
    let first = all.conditions.pop().unwrap_or_default();
    all.add(&format!("{first} OR c.name > {{}})"), name);
}

/// Returns the smallest text that sorts after every text with this prefix, byte by byte. `None`
/// if there is no such text.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // U+D800 to U+DFFF are surrogates, which are not characters.
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
    use super::prefix_end;

    #[test]
    fn prefix_end_sorts_after_every_text_with_the_prefix() {
        let cases = [
            ("ada/", Some("ada0")),
            ("a\u{7f}", Some("a\u{80}")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
        ];
        for (prefix, end) in cases {
            assert_eq!(prefix_end(prefix).as_deref(), end, "{prefix:?}");
            if let Some(end) = end {
                assert!(format!("{prefix}\u{10ffff}").as_str() < end && prefix < end);
            }
        }
    }
}
