//! Decides what the columns of a log are, and writes a schema that says so.

use super::columns::Survey;
use super::profile::Profile;
use super::{fields, label, scenario, time};
use crate::layout::NA_VALUES;
use crate::table::grammar::delimiter_name;

/// Decisions that a person has made already.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Column of the label.
    pub label: Option<String>,
    /// Column of the scenario.
    pub scenario: Option<String>,
    /// Labels that are clicks.
    pub positive: Vec<String>,
    /// The smallest number that is a click.
    pub threshold: Option<f64>,
}

/// The schema that is proposed for a log, and the reasons for everything in it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The schema as TOML, with comments.
    pub schema: String,
    /// The decisions, in the order of the schema.
    pub remarks: Vec<Remark>,
}

/// A decision and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key of the schema, or another word for what is decided.
    pub about: &'static str,
    /// The decision with its reason.
    pub text: String,
}

/// A wish that is missing or cannot be fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishFor {
    /// [`Wishes::label`].
    Label,
    /// [`Wishes::scenario`].
    Scenario,
    /// [`Wishes::positive`].
    Positive,
    /// [`Wishes::threshold`].
    Threshold,
}

impl WishFor {
    /// The answer that a person has to decide.
    pub(super) fn unclear<T>(self, text: String) -> Result<T, Unclear> {
        Err(Unclear::Choice(text, self))
    }
}

/// The reason for which no schema can be proposed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// A person has to decide, by an option that the text names.
    #[error("{0}")]
    Choice(String, WishFor),
    /// The log cannot be used.
    #[error("{0}")]
    Log(String),
}

/// Proposes a schema for a log of which the first rows have been counted.
///
/// # Errors
/// Several columns may be the label or the scenario, or none; or the log has no rows.
pub fn propose(survey: &Survey, wishes: &Wishes) -> Result<Proposal, Unclear> {
    let source = &survey.source;
    if survey.rows == 0 {
        let got = match survey.bad {
            0 => "expected rows after the names of the columns, got none".to_owned(),
            n if survey.format.is_some() => {
                format!("expected an object of JSON in each line, got {n} lines without one")
            }
            n => format!("expected rows with as many cells as the first one, got {n} others"),
        };
        return Err(Unclear::Log(format!("{source}: {got}")));
    }
    let profiles: Vec<Profile> =
        survey.columns.iter().enumerate().map(|(at, column)| Profile::of(at, column)).collect();
    let label = label::find(source, &profiles, wishes)?;
    let scenario = scenario::find(source, &profiles, label.column, wishes)?;
    let split = time::find(&profiles, &[label.column, scenario], survey);

    let mut draft = SchemaDraft::default();
    draft.remark("log", form(survey));
    draft.decide(
        "label",
        label.reason,
        &format!("label = {}", quoted(profiles[label.column].name)),
    );
    draft.schema += &label.rule.map_or_else(String::new, |line| format!("{line}\n"));
    draft.schema.push('\n');
    let name = quoted(profiles[scenario].name);
    let reason = scenario::reason(&profiles[scenario], wishes);
    draft.decide("scenario", reason, &format!("scenario = {name}"));
    text_form(survey, &mut draft);
    missing_values(&profiles, &mut draft);
    fields::write(&profiles, [label.column, scenario], &split, survey, &mut draft);
    draft.decide("split", split.reason, &format!("[split]\n{}", split.line));
    Ok(Proposal { schema: draft.schema, remarks: draft.remarks })
}

/// A schema that is being written, and the decisions so far.
#[derive(Default)]
pub(super) struct SchemaDraft {
    pub schema: String,
    remarks: Vec<Remark>,
}

impl SchemaDraft {
    /// Notes a decision.
    pub fn remark(&mut self, about: &'static str, text: String) {
        self.remarks.push(Remark { about, text });
    }

    /// Writes a part of the schema after its reason, and notes the decision.
    pub fn decide(&mut self, about: &'static str, reason: String, lines: &str) {
        self.schema += &format!("{}{lines}\n", comment(&reason));
        self.remark(about, reason);
    }
}

/// A text in TOML's quotes.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A reason as a comment, in lines that are not too long.
pub(super) fn comment(reason: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in reason.split(|c: char| c.is_whitespace() || c.is_control()) {
        let last = lines.len() - 1;
        if lines[last].chars().count() + word.chars().count() >= 100 && lines[last].len() > 1 {
            lines.push(String::from("#"));
        }
        let last = lines.len() - 1;
        lines[last] += &format!(" {word}");
    }
    lines.join("\n") + "\n"
}

/// The form of the files, in words.
fn form(survey: &Survey) -> String {
    let columns = survey.columns.len();
    let rows = match survey.more {
        true => format!("the first {} rows were counted", survey.rows),
        false => format!("all {} rows were counted", survey.rows),
    };
    let bad = match survey.bad {
        0 => String::new(),
        n => format!("; {n} rows cannot be read"),
    };
    let bad = match survey.placed.is_empty() {
        true => bad,
        false => format!("{bad}; the paths of the files say {}", survey.placed.join(", ")),
    };
    if let Some(format) = survey.format {
        return format!("{format}, {columns} columns; {rows}{bad}");
    }
    let delimiter = survey.rules.delimiter.map_or_else(String::new, delimiter_name);
    let header = match (survey.rules.header.is_empty(), survey.known) {
        (true, _) => "the first row has their names".to_owned(),
        (false, Some(known)) => {
            format!("there is no row with their names, and they are those of {known}")
        }
        (false, None) => {
            format!("the first row looks like data, so they are called column1 to column{columns}")
        }
    };
    format!("text, {columns} columns with {delimiter} between them; {header}; {rows}{bad}")
}

/// The keys for text files.
fn text_form(survey: &Survey, draft: &mut SchemaDraft) {
    let names = &survey.rules.header;
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        draft.schema += "# the file has no header row; better names may stand here and below\n";
        draft.schema += &format!("header = [{}]\n", names.join(", "));
    }
    match survey.rules.delimiter {
        Some(delimiter) if delimiter != b',' || !names.is_empty() => {
            let delimiter = quoted(&char::from(delimiter).to_string());
            draft.schema += &format!("delimiter = {delimiter}\n");
        }
        _ => (),
    }
}

/// The texts that count as empty, if they are others than usual.
fn missing_values(profiles: &[Profile], draft: &mut SchemaDraft) {
    let mut values: Vec<&str> = NA_VALUES.to_vec();
    for profile in profiles {
        for text in &profile.no_numbers {
            let reason = format!(
                "\"{text}\" counts as empty, because all other cells of {} are numbers",
                profile.name
            );
            if !values.contains(text) {
                values.push(text);
                draft.remark("na_values", reason);
            }
        }
    }
    if values.len() > NA_VALUES.len() {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        draft.schema += "# cells with these texts count as empty\n";
        draft.schema += &format!("na_values = [{}]\n", values.join(", "));
    }
}
