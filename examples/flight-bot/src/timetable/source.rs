//! A file of the data, line by line.

use std::collections::HashMap;

use super::error::{DataError, DataProblem};

/// A file of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) file: &'static str,
    pub(super) text: &'static str,
}

impl Source {
    /// Reads each line after the header. Fields hold no commas and no quotes.
    pub(super) fn rows<const N: usize, T>(
        self,
        mut row: impl FnMut([&'static str; N]) -> Result<T, DataProblem>,
    ) -> Result<Vec<T>, DataError> {
        let read = |(at, line): (usize, &'static str)| {
            let fields: Vec<_> = line.split(',').collect();
            <[&str; N]>::try_from(fields)
                .map_err(|fields| DataProblem::Fields { expected: N, found: fields.len() })
                .and_then(&mut row)
                .map_err(|problem| DataError { file: self.file, line: at + 1, problem })
        };
        self.text.lines().enumerate().skip(1).map(read).collect()
    }
}

/// Reads a field; what it should be is said in the error.
pub(super) fn read<T: std::str::FromStr>(
    text: &'static str,
    expected: &'static str,
) -> Result<T, DataProblem> {
    text.parse().map_err(|_| DataProblem::Unreadable { expected, text })
}

/// The place of a code in its table.
pub(super) fn known(
    at: &HashMap<&str, usize>,
    expected: &'static str,
    code: &'static str,
) -> Result<usize, DataProblem> {
    at.get(code).copied().ok_or(DataProblem::Unreadable { expected, text: code })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads two fields of a broken file, the second a number.
    fn problem(text: &'static str) -> String {
        let source = Source { file: "broken.csv", text };
        source.rows(|[_, number]| read::<u16>(number, "number")).unwrap_err().to_string()
    }

    #[test]
    fn a_broken_line_is_named() {
        let cases = [
            ("name,number\na,1\nb", "broken.csv, line 3: 1 fields, where 2 are expected"),
            ("name,number\na,1,2", "broken.csv, line 2: 3 fields, where 2 are expected"),
            ("name,number\na,one", "broken.csv, line 2: \"one\" is no number"),
            ("name,number\na,-1", "broken.csv, line 2: \"-1\" is no number"),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(text), expected);
        }
    }
}
