//! The summary of prepared data as text.

use crate::files::data;
use crate::terminal::{columns, report};
use ssim_data::DataSummary;

/// Makes a text of a summary, for people.
pub fn text(s: &DataSummary) -> String {
    let row = |cells: &[&dyn std::fmt::Display]| {
        cells.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let n = |n: usize| report::count(n as u64);
    let mut rows = vec![row(&[&s.dataset, &"train", &"val", &"test", &"CTR"])];
    rows.push(row(&[&"rows", &n(s.rows.train), &n(s.rows.val), &n(s.rows.test), &""]));
    for k in &s.scenarios {
        let name = format!("  scenario {}", columns::short(&k.scenario, 30));
        rows.push(row(&[&name, &n(k.train), &n(k.val), &n(k.test), &format!("{:.4}", k.ctr)]));
    }
    let mut fields = vec![row(&[&"field", &"ids"])];
    fields.extend(s.fields.iter().map(|f| row(&[&format!("  {}", f.name), &n(f.features)])));
    fields.push(row(&[&"  all", &n(s.features)]));
    let taken = s.rows.train + s.rows.val + s.rows.test;
    let mut records = format!("{} records read: {} rows", n(s.records), n(taken));
    if s.records > taken {
        records += &format!(", {} left out", n(s.records - taken));
    }
    if s.rejected > 0 {
        records += &format!(" ({} lists {})", data::REJECTS, n(s.rejected));
    }
    format!("{}\n{}\n{records}\n", report::table(&rows), report::table(&fields))
}
