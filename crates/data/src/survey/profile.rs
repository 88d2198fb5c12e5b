//! Sums up the values of a column: how many there are, and of which kind.

use super::columns::ColumnCounts;
use crate::layout::NA_VALUES;
use ssim_core::spelling::nanoseconds;
use ssim_core::vocabulary::number;

/// Texts that stand for a missing value where all other cells of the column are numbers.
const NO_NUMBERS: [&str; 8] = ["NA", "n/a", "-", "--", "?", "#N/A", "NIL", "undefined"];

/// The values of a column that are not missing, summed up.
#[derive(Clone, Debug)]
pub(super) struct Profile<'a> {
    pub name: &'a str,
    /// Place of the column, counted from 0.
    pub at: usize,
    pub unreadable: Option<&'a str>,
    /// Distinct values with their numbers of rows, the most frequent first.
    pub values: Vec<(&'a str, u64)>,
    /// Number of rows with a value.
    pub rows: u64,
    pub kind: Kind,
    /// Texts that count as empty although the default does not say so.
    pub no_numbers: Vec<&'a str>,
    /// Share of the rows whose cell looks like a list of several values.
    pub lists: f64,
}

/// The kind that all values of a column have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Finite numbers; whether all of them are whole, and the smallest and the largest.
    Numbers {
        whole: bool,
        least: f64,
        most: f64,
    },
    /// Dates, with or without a time of day.
    Times,
    Texts,
}

impl<'a> Profile<'a> {
    pub fn of(at: usize, column: &'a ColumnCounts) -> Self {
        let all = column.values.texts().zip(&column.counts);
        let all = all.map(|(text, count)| (text, u64::from(*count)));
        let mut values: Vec<_> =
            all.filter(|(text, _)| !text.trim().is_empty() && !NA_VALUES.contains(text)).collect();
        let is_number = |(text, _): &&(&str, u64)| number(text).is_some();
        let odd: Vec<&str> =
            values.iter().filter(|v| !is_number(v)).map(|(text, _)| *text).collect();
        let mut no_numbers = Vec::new();
        if odd.len() < values.len() && odd.iter().all(|text| NO_NUMBERS.contains(text)) {
            values.retain(|(text, _)| number(text).is_some());
            no_numbers = odd;
        }
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let rows = values.iter().map(|(_, count)| count).sum();
        let lists: u64 = values.iter().filter(|v| is_list(v.0)).map(|(_, count)| count).sum();
        Self {
            name: &column.name,
            at,
            unreadable: column.unreadable.as_deref(),
            kind: kind(&values),
            lists: lists as f64 / 1.max(rows) as f64,
            values,
            rows,
            no_numbers,
        }
    }

    /// Number of distinct values.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// The values with the shares of their rows, such as `home (70.1 %), search (20.0 %), …`.
    pub fn shares(&self, most: usize) -> String {
        let shares = self.values.iter().take(most).map(|(text, count)| {
            let share = 100.0 * *count as f64 / 1.max(self.rows) as f64;
            format!("{} ({share:.1} %)", shown(text))
        });
        let mut shares: Vec<String> = shares.collect();
        if self.values.len() > most {
            shares.push("…".into());
        }
        shares.join(", ")
    }

    /// The name without the type that some programs write behind it, as in `label:float`.
    pub fn bare_name(&self) -> &str {
        self.name.split_once(':').map_or(self.name, |(name, _)| name)
    }

    /// Whether the name has one of these words in it, as `user_id` has `user` and `id`.
    pub fn has_word(&self, words: &[&str]) -> bool {
        let parts = self.bare_name().split(|c: char| !c.is_alphanumeric());
        parts.map(str::to_lowercase).any(|part| words.contains(&part.as_str()))
    }

    /// Whether the name is one of these, but for signs between its letters.
    pub fn is_named(&self, names: &[&str]) -> bool {
        let name = self.bare_name().chars().filter(|c| c.is_alphanumeric());
        let name: String = name.flat_map(char::to_lowercase).collect();
        names.contains(&name.as_str())
    }
}

/// A value for messages, shortened.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn kind(values: &[(&str, u64)]) -> Kind {
    let numbers: Option<Vec<f64>> = values.iter().map(|(text, _)| number(text)).collect();
    if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
        let whole = numbers.iter().all(|n| n.fract() == 0.0);
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return Kind::Numbers { whole, least, most };
    }
    let times = !values.is_empty() && values.iter().all(|(text, _)| nanoseconds(text).is_some());
    if times { Kind::Times } else { Kind::Texts }
}

/// Whether a text looks like a list of several values.
fn is_list(text: &str) -> bool {
    let json = text.starts_with('[') && text.ends_with(']');
    let parts = |sign: char| {
        let mut parts = text.split(sign);
        text.contains(sign) && parts.all(|part| !part.is_empty() && part.trim() == part)
    };
    json || ['|', ';', '^'].into_iter().any(parts)
}
