//! Tests of the library: it reads users' files correctly, or reports their errors with a place.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod archives;
mod bad_input;
mod cells;
mod damaged;
mod exact;
mod folder;
mod lists;
mod placed;
mod prepare;
mod published;
mod rows_counted;
mod scoring;
mod spelled;
mod splits;
mod streaming;
mod synthetic;
mod typed;

use ssim_data::table::{TableSchema, read_csv};
use ssim_data::{OnError, Prepared, Result};

/// A schema with all kinds of fields and a split by a column.
const SCHEMA: &str = r#"
label = "click"
scenario = "tab"
[[field]]
name = "user"
[[field]]
name = "price"
kind = "numeric"
buckets = "log2"
min_count = 1
[[field]]
name = "age"
kind = "numeric"
buckets = "quantile:2"
min_count = 1
[[field]]
name = "tab"
[split]
column = { name = "split", train = "train", val = "val", test = "test" }
"#;

/// Rows for [`SCHEMA`]. Scenarios 9 and 10 both have clicks in train.
const LOG: &str = "\
user,price,age,tab,click,split
a,1.5,20,9,1,train
a,11.5,30,10,0,train
b,11.5,40,10,1,train
c,,50,9,0,train
b,11.5,40,9,0,val
z,999,99,10,1,test
";

fn schema() -> TableSchema {
    TableSchema::parse(SCHEMA, "log.toml").unwrap()
}

fn csv(text: impl AsRef<[u8]>) -> Result<Prepared> {
    csv_with(text, OnError::Fail)
}

fn csv_with(text: impl AsRef<[u8]>, on_error: OnError) -> Result<Prepared> {
    let raw = read_csv(text.as_ref(), "log.csv", &schema(), on_error)?;
    ssim_data::prepare(raw, &schema(), 1)
}
