//! Parsing of the CSV files of the data.

use std::collections::HashMap;

use super::error::{DataError, DataProblem};

/// A CSV file of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) file: &'static str,
    pub(super) text: &'static str,
}

impl Source {
    /// Parses each line after the header with `row`. Fields contain no commas and no quotes.
    pub(super) fn rows<const N: usize, T>(
        self,
        mut row: impl FnMut([&'static str; N]) -> Result<T, DataProblem>,
    ) -> Result<Vec<T>, DataError> {
        let parse_line = |(index, line): (usize, &'static str)| {
            let fields: Vec<_> = line.split(',').collect();
            <[&str; N]>::try_from(fields)
                .map_err(|fields| DataProblem::Fields { expected: N, found: fields.len() })
                .and_then(&mut row)
                .map_err(|problem| DataError { file: self.file, line: index + 1, problem })
        };
        self.text.lines().enumerate().skip(1).map(parse_line).collect()
    }
}

/// Parses a field. `expected` is the kind of value for the error message.
pub(super) fn parse<T: std::str::FromStr>(
    text: &'static str,
    expected: &'static str,
) -> Result<T, DataProblem> {
    text.parse().map_err(|_| DataProblem::InvalidField { expected, text })
}

/// Returns the index of `code` in its table.
pub(super) fn index_of(
    indices: &HashMap<&str, usize>,
    expected: &'static str,
    code: &'static str,
) -> Result<usize, DataProblem> {
    indices.get(code).copied().ok_or(DataProblem::InvalidField { expected, text: code })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the error of a file with two fields per line, the second a number.
    fn error(text: &'static str) -> String {
        let source = Source { file: "broken.csv", text };
        source.rows(|[_, number]| parse::<u16>(number, "number")).unwrap_err().to_string()
    }

    #[test]
    fn error_names_the_file_and_the_line() {
        let cases = [
            ("name,number\na,1\nb", "broken.csv, line 3: expected 2 fields, found 1"),
            ("name,number\na,1,2", "broken.csv, line 2: expected 2 fields, found 3"),
            ("name,number\na,one", "broken.csv, line 2: \"one\" is not a valid number"),
            ("name,number\na,-1", "broken.csv, line 2: \"-1\" is not a valid number"),
        ];
        for (text, expected) in cases {
            assert_eq!(error(text), expected);
        }
    }
}
