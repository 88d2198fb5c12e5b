//! Decides which columns are fields, and which of these have numbers that need buckets.

use super::columns::Survey;
use super::profile::{Kind, Profile, shown};
use super::propose::{SchemaDraft, comment, quoted};
use super::time::Split;
use super::{time, time_parts};

/// Words in the names of columns whose numbers are names.
const IDS: [&str; 16] = [
    "id", "ids", "uid", "iid", "user", "item", "ad", "sku", "code", "zip", "key", "hash", "no",
    "category", "cat", "brand",
];
/// A column of whole numbers with more values than this has buckets, unless its name says id.
const MANY: usize = 300;
/// The same for a column of broken numbers, whatever its name is.
const MANY_BROKEN: usize = 20;
/// Rows from which a column with another value in every row is taken for the rows' own number.
const ROWS: u64 = 50;
/// Share of distinct values among the rows of such a column.
const DISTINCT: f64 = 0.98;
/// Share of cells with lists from which a remark says so.
const LISTS: f64 = 0.5;
const BUCKETS: &str = "kind = \"numeric\"\nbuckets = \"quantile:20\"\n";

/// The decision about a column.
enum Use {
    Values,
    Buckets,
    LeftOut(String),
}

/// Writes the fields, and the reason for each column that is none. The scenario is a field, too,
/// because some methods swap its value.
pub(super) fn write(
    all: &[Profile],
    [label, scenario]: [usize; 2],
    split: &Split,
    survey: &Survey,
    draft: &mut SchemaDraft,
) {
    draft.schema.push('\n');
    for profile in all.iter().filter(|profile| profile.at != label) {
        let name = match profile.name {
            "" => format!("column {}", profile.at + 1),
            name => shown(name),
        };
        let n = profile.distinct();
        let usage = match profile.at == scenario {
            true => Use::Values,
            false => decide(profile, split, survey),
        };
        let (kind, lines) = match usage {
            Use::LeftOut(reason) => {
                let reason = format!("{name}: {reason}");
                draft.schema += &format!("{}\n", comment(&format!("left out: {reason}")));
                draft.remark("left out", reason);
                if time::is_time(profile) {
                    time_parts::write(profile, all, draft);
                }
                continue;
            }
            Use::Buckets => (format!("{n} numbers, put into 20 buckets"), BUCKETS),
            Use::Values => (format!("{n} values"), ""),
        };
        let lists = match profile.lists >= LISTS {
            true => "; its cells look like lists, and each list counts as one value",
            false => "",
        };
        let field = format!("[[field]]\nname = {}\n{lines}", quoted(profile.name));
        draft.decide("field", format!("{name}: {kind}{lists}"), &field);
    }
}

fn decide(of: &Profile, split: &Split, survey: &Survey) -> Use {
    let out = |reason: &str| Use::LeftOut(reason.to_owned());
    if let Some(reason) = of.unreadable {
        return out(reason);
    }
    if of.name.is_empty() {
        return out("it has no name");
    }
    if split.columns.contains(&of.at) {
        return out("it is a time or says the split, and such values do not come again");
    }
    let numbered = of.rows >= ROWS && of.distinct() as f64 >= DISTINCT * of.rows as f64;
    match of.kind {
        _ if of.distinct() == 0 => out("it has no values"),
        _ if of.distinct() == 1 && of.rows == survey.rows => {
            out("it has the same value in all rows")
        }
        Kind::Times => out("it is a time, and times do not come again"),
        Kind::Numbers { whole: false, .. } if of.distinct() > MANY_BROKEN => Use::Buckets,
        _ if numbered => Use::LeftOut(format!(
            "{} values in {} rows; it looks like the number of the row",
            of.distinct(),
            of.rows
        )),
        Kind::Numbers { whole: true, .. } if of.distinct() > MANY && !of.has_word(&IDS) => {
            Use::Buckets
        }
        _ => Use::Values,
    }
}
