//! Tests that new rows get the ids of the trained vocabularies.

use crate::{LOG, csv};
use ssim_data::table::{CellRules, Scoring, encode_csv};
use ssim_data::{JobPart, OnError};

fn scoring<'a>(schema: &'a ssim_core::schema::Schema, label: Option<&'a str>) -> Scoring<'a> {
    Scoring {
        unknown_scenarios: false,
        schema,
        scenario: "tab",
        label,
        row: None,
        shard: JobPart::WHOLE,
        on_error: OnError::Fail,
        cells: CellRules::default(),
    }
}

#[test]
fn the_same_rows_get_the_same_ids() {
    let data = csv(LOG).unwrap();
    let by = scoring(&data.schema, Some("click"));
    let batches: Vec<_> =
        encode_csv(LOG.as_bytes(), "new.csv", &by, 4).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0].instances, data.rows.train);
    assert_eq!(batches[1].instances.ids, [data.rows.val.ids, data.rows.test.ids].concat());
    let none = encode_csv(LOG.as_bytes(), "new.csv", &scoring(&data.schema, None), 100).unwrap();
    assert_eq!(none.map(|b| b.unwrap().instances.labels).collect::<Vec<_>>(), [vec![0; 6]]);
}

#[test]
fn unknown_scenarios_have_no_tower() {
    let data = csv(LOG).unwrap();
    let log = LOG.replacen("a,1.5,20,9", "a,1.5,20,77", 1);
    let message = "new.csv:2:4: field \"tab\": expected a scenario of the model, got \"77\"";
    let mut by = scoring(&data.schema, None);
    let mut failing = encode_csv(log.as_bytes(), "new.csv", &by, 100).unwrap();
    assert_eq!(failing.next().unwrap().unwrap_err().to_string(), message);
    assert!(failing.next().is_none());
    by.on_error = OnError::Skip;
    let all = encode_csv(log.as_bytes(), "new.csv", &by, 100).unwrap().next().unwrap().unwrap();
    assert_eq!((all.instances.len(), all.rejects[0].line), (5, 2));
    let wrong = LOG.replacen("tab", "tag", 1);
    let message =
        encode_csv(wrong.as_bytes(), "new.csv", &by, 100).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        message,
        "schema: field \"tab\": expected a column of new.csv, got none of that name; did you mean \"tag\"?"
    );
}
