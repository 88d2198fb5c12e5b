//! The report of `ssim run` in Markdown: the quality of the model, the choice of its method, the likeness
//! of the scenarios, and the log.

use super::{DATA, RUN, SCHEMA, shown};
use crate::command::doctor::Diagnosis;
use crate::race::Decision;
use crate::report::words::{self, block, fenced};
use crate::terminal::report::marked_down;
use ssim_core::artifact::record::Record;
use std::path::Path;

/// Everything that the report tells.
pub struct LogReport<'a> {
    pub log: &'a str,
    pub folder: &'a Path,
    /// The text of the schema.
    pub schema: &'a str,
    pub diagnosis: &'a Diagnosis,
    pub decision: Decision,
    pub record: &'a Record,
    pub artifact: Option<&'a Path>,
}

impl LogReport<'_> {
    /// Makes the text.
    pub fn markdown(&self) -> String {
        let record = self.record;
        let parts = [
            format!(
                "# {}\n\nThe candidate {} was chosen. {}",
                marked_down(self.log),
                marked_down(&record.method),
                words::method(record)
            ),
            words::quality(record),
            words::calibration(record),
            self.choice(),
            format!("## Which scenarios are alike\n\n{}", block(&self.diagnosis.likeness)),
            self.warnings(),
            format!("## The rows\n\n{}", block(&self.diagnosis.log)),
            self.columns(),
            self.next(),
        ];
        parts.iter().filter(|part| !part.is_empty()).map(|part| format!("{part}\n")).collect()
    }

    /// The schema, whose comments are the reasons for it.
    fn columns(&self) -> String {
        let at = shown(self.folder, SCHEMA);
        let schema = fenced("toml", self.schema);
        format!("## The columns\n\nThe log was read by `{at}`:\n\n{schema}")
    }

    fn warnings(&self) -> String {
        let lines =
            self.diagnosis.warnings.iter().map(|warning| format!("- {}\n", marked_down(warning)));
        let lines: String = lines.collect();
        match lines.is_empty() {
            true => String::new(),
            false => format!("## Warnings\n\n{lines}"),
        }
    }

    fn choice(&self) -> String {
        format!("## The choice of the method\n\n{}", block(&self.decision.text()))
    }

    /// Commands that go on from here.
    fn next(&self) -> String {
        let (run, data) = (shown(self.folder, RUN), shown(self.folder, DATA));
        let serve = self.artifact.map(|at| {
            format!(
                "- `ssim serve {}` shows the model and its rows in the browser.\n",
                at.display()
            )
        });
        format!(
            "## How to go on\n\n{}- `ssim score --run {run} --input NEW --out scores.csv` scores \
             new rows.\n- `ssim compare PLAN --data {data}` compares methods with more seeds.\n",
            serve.unwrap_or_default()
        )
    }
}
