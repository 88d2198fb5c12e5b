//! The rows of an artifact's sample that a selection rule chooses, the same in the program and in the page.

use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_viz::{FieldColumn, Rule, RuleError};
use std::borrow::Cow;

/// Whether each of the `rows` `[n]` matches the rule. `columns` are numbers per row, `[n]` each, by their names. A
/// rule may also read the list, as the column `shared`, where there is one: `shared` is `[n]`, or empty.
///
/// # Errors
/// When the rule names a column or a field that is not there; the sentence lists those that are.
pub fn chosen(
    rule: &Rule,
    rows: &Instances,
    schema: &Schema,
    columns: &[(String, Vec<f32>)],
    shared: &[bool],
) -> Result<Vec<bool>, String> {
    let listed: Vec<f32> = shared.iter().map(|bit| f32::from(u8::from(*bit))).collect();
    let column = |name: &str| match name {
        "shared" if !listed.is_empty() => Some(&listed[..]),
        name => columns.iter().find(|c| c.0 == name).map(|c| c.1.as_slice()),
    };
    let field = |name: &str| field_column(rows, schema, name);
    rule.rows_of(rows.len(), column, field).map_err(|error| match error {
        RuleError::NoColumn(_) | RuleError::NoField(_) => {
            let mut names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            names.extend((!listed.is_empty()).then_some("shared"));
            let fields: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
            let (names, fields) = (names.join(", "), fields.join(", "));
            format!("{error}; the columns are {names}, and the fields {fields}")
        }
        error => error.to_string(),
    })
}

/// The values of the field of this name.
fn field_column<'a>(rows: &Instances, schema: &'a Schema, name: &str) -> Option<FieldColumn<'a>> {
    let place = schema.fields.iter().position(|field| field.name == name)?;
    let offset = schema.offsets()[place];
    let ids = (0..rows.len()).map(|row| rows.ids_of(row)[place] - offset).collect();
    Some(FieldColumn { values: schema.fields[place].vocabulary.values(), ids: Cow::Owned(ids) })
}
