//! Spellings of one value in a CSV.

use crate::typed::SCHEMA;
use ssim_data::OnError;
use ssim_data::table::{TableSchema, read_csv};

#[test]
fn spellings_of_one_value_are_counted_together() {
    let log = "tab,value,click,split\n\
        a,5,1,train\nb,5.0,1,train\na,x,1,train\nb,true,1,train\na,5,1,val\nb,5.00,1,test\n";
    let two = SCHEMA.replace("min_count = 1", "min_count = 2");
    let schema = TableSchema::parse(&two, "log.toml").unwrap();
    let raw = read_csv(log.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    let data = ssim_data::prepare(raw, &schema, 1).unwrap();
    assert_eq!(data.schema.fields[0].vocabulary.values(), ["5"]);
    assert_eq!((&data.rows.val.ids[..], &data.rows.test.ids[..]), (&[0][..], &[0][..]));
}

#[test]
fn labels_splits_and_scenarios_are_spelled_as_values_are() {
    let log = "tab,value,click,split\n\
        9,x,1.0,1\n9.0,x,0,1.0\n10,x,true,1\n9,x,False,2\n10.0,x,1,3.0\n";
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    let rule = "column = { name = \"split\", train = \"1\", val = \"2.0\", test = \"3\" }";
    let schema = TableSchema::parse(&format!("{head}{rule}"), "log.toml").unwrap();
    let raw = read_csv(log.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    let data = ssim_data::prepare(raw, &schema, 1).unwrap();
    assert_eq!(data.schema.scenarios, ["9", "10"]);
    assert_eq!(data.rows.train.labels, [1, 0, 1]);
    assert_eq!((&data.rows.val.labels[..], &data.rows.test.labels[..]), (&[0][..], &[1][..]));
}
