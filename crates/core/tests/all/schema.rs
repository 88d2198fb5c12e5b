use serde_json::json;
use ssim_core::artifact::{Artifact, Header};
use ssim_core::schema::Schema;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};

fn field(name: &str, transform: Transform, values: &[&str]) -> Field {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Field { name: name.into(), transform, vocabulary: Vocabulary::new(values) }
}

/// Several fields that could hold the scenario: "tab" has every scenario and more, "page" is the
/// last whose values are exactly the scenarios, and "bucket" is made by a transform.
fn schema() -> Schema {
    Schema {
        dataset: "toy".into(),
        fields: vec![
            field("tab", Transform::None, &["home", "cart", "other"]),
            field("first page", Transform::None, &["cart", "home"]),
            field("user", Transform::None, &["ann", "home"]),
            field("page", Transform::None, &["home", "cart"]),
            field("bucket", Transform::Log2, &["home", "cart"]),
        ],
        scenarios: vec!["home".into(), "cart".into()],
    }
}

/// A header with this schema and this scenario column.
fn header(column: Option<&str>) -> Header {
    let file = Artifact::from_bytes(include_bytes!("files/version-2.ssim")).unwrap();
    let mut header = serde_json::to_value(file.header).unwrap();
    header["schema"] = serde_json::to_value(schema()).unwrap();
    header["report"]["scenario_column"] = json!(column);
    serde_json::from_value(header).unwrap()
}

#[test]
fn one_rule_says_which_field_holds_the_scenario() {
    for (column, expected) in [
        // Training names no column.
        (None, Some(3)),
        // A named field may have more values than there are scenarios, or a transform.
        (Some("tab"), Some(0)),
        (Some("first page"), Some(1)),
        (Some("bucket"), Some(4)),
        // A named field that lacks a scenario cannot hold it, and a column need not be a field.
        (Some("user"), Some(3)),
        (Some("elsewhere"), Some(3)),
    ] {
        assert_eq!(schema().scenario_field(column), expected, "{column:?}");
        assert_eq!(header(column).scenario_field(), expected, "{column:?} in an artifact");
    }
}

#[test]
fn a_schema_without_such_a_field_has_none() {
    let mut schema = schema();
    schema.fields.retain(|field| !field.name.ends_with("page"));
    assert_eq!(schema.scenario_field(None), None);
    assert_eq!(schema.scenario_field(Some("user")), None);
    assert_eq!(schema.scenario_field(Some("tab")), Some(0));
}
