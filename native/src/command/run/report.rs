//! The report of `ssim run` in Markdown: the log, the likeness of its scenarios, the choice of the
//! method, and the quality of its model.

use super::{DATA, RUN, SCHEMA, shown};
use crate::command::doctor::Diagnosis;
use crate::race::Decision;
use crate::terminal::report::{count, markdown, number};
use ssim_core::artifact::record::Record;
use ssim_core::method::Method;
use ssim_core::metric::{Metric, Metrics};
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
        let parts = [
            format!("# {}\n\n{}", self.log, self.verdict()),
            self.columns(),
            format!("## The rows\n\n{}", block(&self.diagnosis.log)),
            self.warnings(),
            format!("## Which scenarios are alike\n\n{}", block(&self.diagnosis.likeness)),
            self.choice(),
            self.quality(),
            self.next(),
        ];
        parts.iter().filter(|part| !part.is_empty()).map(|part| format!("{part}\n")).collect()
    }

    /// The result in a few sentences.
    fn verdict(&self) -> String {
        let Record { test, method: candidate, identity, .. } = self.record;
        // A candidate may have another name than its method.
        let recipe = identity.as_ref().and_then(|identity| identity.get("recipe")?.as_str());
        let method = recipe.unwrap_or(candidate);
        let about = method.parse::<Method>().map_or("", Method::about);
        format!(
            "The candidate `{candidate}` was chosen. Its method is `{method}`: {about}. Its model has a test AUC of {} over {} rows of \
             {} scenarios, which no training has seen.\n",
            number(test.pooled.get(Metric::AUC)),
            count(test.pooled.instances),
            test.scenarios.len()
        )
    }

    /// The schema, whose comments are the reasons for it.
    fn columns(&self) -> String {
        let at = shown(self.folder, SCHEMA);
        let schema = self.schema.trim_end();
        format!("## The columns\n\nThe log was read by `{at}`:\n\n```toml\n{schema}\n```\n")
    }

    fn warnings(&self) -> String {
        let lines = self.diagnosis.warnings.iter().map(|warning| format!("- {warning}\n"));
        let lines: String = lines.collect();
        match lines.is_empty() {
            true => String::new(),
            false => format!("## Warnings\n\n{lines}"),
        }
    }

    fn choice(&self) -> String {
        format!("## The choice of the method\n\n{}", block(&self.decision.text()))
    }

    /// The metrics of the test rows, per scenario.
    fn quality(&self) -> String {
        let metrics = Metric::known(false).map(Metric::label);
        let head = ["scenario", "test rows", "CTR"].into_iter().chain(metrics);
        let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        let line = |name: &str, m: &Metrics| {
            let values = Metric::known(false).map(|metric| number(m.get(metric)));
            let counts = [name.to_owned(), count(m.instances), number(m.ctr)];
            counts.into_iter().chain(values).collect()
        };
        let test = &self.record.test;
        rows.push(line("all", &test.pooled));
        rows.extend(test.scenarios.iter().map(|s| line(&s.scenario, &s.metrics)));
        format!("## The quality of its model\n\n{}", markdown(&rows))
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

/// A text as it stands in a terminal.
fn block(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}
