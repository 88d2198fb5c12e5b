//! Finds the column of the label.

use super::clicks::rule;
use super::profile::{Profile, shown};
use super::propose::{Unclear, WishFor, Wishes, quoted};
use crate::cell_rules::ClickRule;
use crate::table::schema::columns_hint;

/// Names of columns that hold the click.
const NAMES: [&str; 14] = [
    "click",
    "clicks",
    "clicked",
    "isclick",
    "isclicked",
    "hasclick",
    "hasclicked",
    "clk",
    "clickflag",
    "clicklabel",
    "label",
    "labels",
    "target",
    "y",
];

/// The label that was found.
pub(super) struct Label {
    pub column: usize,
    /// The line of the schema that says which values are clicks, if one is needed.
    pub rule: Option<String>,
    pub reason: String,
}

/// Finds the label by its name, or else by its values.
pub(super) fn find(source: &str, all: &[Profile], wishes: &Wishes) -> Result<Label, Unclear> {
    if let Some(name) = &wishes.label {
        let column = column(source, all, WishFor::Label, name)?;
        return decide(source, column, "--label says so", wishes);
    }
    let named: Vec<_> = all.iter().filter(|p| p.is_named(&NAMES)).collect();
    let binary: Vec<_> = all.iter().filter(|p| p.unreadable.is_none() && is_binary(p)).collect();
    if let [one, others @ ..] = &named[..]
        && others.iter().any(|other| other.name == one.name)
    {
        column(source, all, WishFor::Label, one.name)?;
    }
    match (&named[..], &binary[..]) {
        ([one], _) => decide(source, one, "its name says so", wishes),
        ([], [one]) => decide(source, one, "no other column has two such values", wishes),
        ([], []) => WishFor::Label.unclear(format!(
            "{source}: expected a column of clicks with two values, such as 0 and 1, got none; name \
             the column with --label COLUMN, and its clicks with --positive TEXT or --threshold N"
        )),
        ([], several) | (several, _) => WishFor::Label.unclear(format!(
            "{source}: expected one column that may be the label, got {}: {}; choose with --label \
             COLUMN",
            several.len(),
            listed(several)
        )),
    }
}

/// Columns with their values, for a message.
pub(super) fn listed(columns: &[&Profile]) -> String {
    let most = 12;
    let described = |p: &&Profile| format!("\"{}\" with {}", shown(p.name), values(p));
    let mut listed: Vec<String> = columns.iter().take(most).map(described).collect();
    if columns.len() > most {
        listed.push(format!("{} more", columns.len() - most));
    }
    listed.join(", ")
}

fn values(profile: &Profile) -> String {
    match profile.distinct() {
        0 => "no value".to_owned(),
        1 => format!("one value, {}", shown(profile.values[0].0)),
        2..=3 => profile.shares(3),
        n => format!("{n} values"),
    }
}

/// Finds the column that a wish names.
pub(super) fn column<'p, 'a>(
    source: &str,
    all: &'p [Profile<'a>],
    wish: WishFor,
    name: &str,
) -> Result<&'p Profile<'a>, Unclear> {
    let option = if wish == WishFor::Label { "--label" } else { "--scenario" };
    let mut found = all.iter().filter(|profile| profile.name == name);
    match (found.next(), found.next()) {
        (Some(one), None) => match one.unreadable {
            None => Ok(one),
            Some(reason) => Err(Unclear::Log(format!("{source}: column \"{name}\": {reason}"))),
        },
        (Some(_), Some(_)) => Err(Unclear::Log(format!(
            "{source}: column \"{name}\": expected one column of that name, got two; rename one"
        ))),
        (None, _) => wish.unclear(format!(
            "{option}: expected a column of {source}, got \"{name}\"{}",
            columns_hint(name, &all.iter().map(|profile| profile.name).collect::<Vec<_>>())
        )),
    }
}

/// Whether both kinds of labels are in a column, in spellings that every reader knows.
fn is_binary(profile: &Profile) -> bool {
    let labels: Option<Vec<u8>> =
        profile.values.iter().map(|(text, _)| ClickRule::Known.label(text).ok()).collect();
    labels.is_some_and(|labels| labels.contains(&0) && labels.contains(&1))
}

/// Takes a column as the label, if it has rows with and without a click.
fn decide(source: &str, of: &Profile, why: &str, wishes: &Wishes) -> Result<Label, Unclear> {
    let name = of.name;
    let at = format!("{source}: label \"{}\"", shown(name));
    if let Some(reason) = of.unreadable {
        return Err(Unclear::Log(format!("{at}: {reason}")));
    }
    let (rule, how) = rule(of, &at, wishes)?;
    let line = match &rule {
        ClickRule::Known => None,
        ClickRule::Texts(texts) => {
            let list: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            Some(format!("positive = [{}]", list.join(", ")))
        }
        ClickRule::From(least) => Some(format!("threshold = {least}")),
    };
    let is_click = |text: &str| rule.label(text) == Ok(1);
    let clicks: u64 = of.values.iter().filter(|v| is_click(v.0)).map(|(_, count)| count).sum();
    if clicks == 0 || clicks == of.rows {
        let all = if clicks == 0 { "no click" } else { "clicks only" };
        return Err(Unclear::Log(format!(
            "{at}: expected rows with and without a click, got {all} in {} rows: {}; choose another \
             column with --label COLUMN, or other clicks with --positive TEXT or --threshold N",
            of.rows,
            of.shares(3)
        )));
    }
    let share = 100.0 * clicks as f64 / of.rows as f64;
    let reason = format!("{}: {why}; {how}; {share:.1} % of the rows are clicks", shown(name));
    Ok(Label { column: of.at, rule: line, reason })
}
