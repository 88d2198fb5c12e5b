//! The results of the demo, as measured.

use crate::command::export::artifact;
use crate::files::write;
use crate::pictures::picture;
use crate::run::run_folder::RunFolder;
use crate::run::sample;
use crate::terminal::report::{self, number};
use anyhow::Result;
use serde::Serialize;
use ssim_core::artifact::Storage;
use ssim_core::artifact::record::{ListTruth, Record};
use ssim_core::instances::Instances;
use ssim_core::method::PLANTED;
use ssim_core::split::Split;
use ssim_data::list::SharedList;
use ssim_train::config::Config;
use ssim_viz::Look;
use std::path::Path;

/// The object that `demo --json` prints and `report.json` holds.
#[derive(Serialize)]
pub struct Account {
    schema: u32,
    seed: u64,
    pub(super) data: ssim_data::DataSummary,
    ratio: f64,
    selector: ListTruth,
    /// One run per method; the last one had the planted list, which no method can know.
    pub(super) methods: Vec<Record>,
    seconds: f64,
}

impl Account {
    pub fn new(
        data: ssim_data::DataSummary,
        config: &Config,
        seed: u64,
        methods: Vec<Record>,
        rows: &Split<Instances>,
        list: &SharedList,
        seconds: f64,
    ) -> Self {
        let planted = rows.train.planted.as_ref().map(|p| p.shared.as_slice()).unwrap_or_default();
        let selector = ListTruth::new(planted, &list.shared, &list.scores);
        Self { schema: 1, seed, data, ratio: config.select.ratio, selector, methods, seconds }
    }

    /// Writes report and artifact; gives back the artifact's bytes.
    pub fn write(&self, out: &Path, run: &RunFolder) -> Result<Vec<u8>> {
        write::json(&out.join("report.json"), self)?;
        write::bytes(&out.join("report.md"), self.markdown().as_bytes())?;
        let ssim: Record = run.record()?;
        let look = Look::default();
        for (name, svg) in [
            ("metrics.svg", picture::metrics(&self.methods, &look)),
            ("shares.svg", picture::shares(&ssim.method, &ssim.share, &look)),
            ("map.svg", picture::map(run, &look)?),
        ] {
            write::bytes(&out.join(name), svg.as_bytes())?;
        }
        let record =
            Record { selector: Some(self.selector.clone()), methods: self.methods.clone(), ..ssim };
        let bytes = artifact(run, record, sample::ROWS, Storage::Half)?;
        write::bytes(&out.join(super::ARTIFACT), &bytes)?;
        Ok(bytes)
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let [truth, auc, logloss, shared] = self.tables().map(|t| report::table(&t));
        format!(
            "{} rows, seed {}, {:.0} s\n\ntest AUC against the true click probabilities\n{truth}\n\
             test AUC\n{auc}\ntest logloss\n{logloss}\n\
             shared train instances\n{shared}\n{}\n{NOTE}\n",
            report::count((self.data.rows.train + self.data.rows.val + self.data.rows.test) as u64),
            self.seed,
            self.seconds,
            against(&self.selector)
        )
    }

    fn markdown(&self) -> String {
        let [truth, auc, logloss, shared] = self.tables().map(|t| report::markdown(&t));
        format!(
            "# SSIM demo, seed {}\n\n## Test AUC against the true click probabilities\n\n{truth}\n\
             ## Test AUC\n\n{auc}\n## Test logloss\n\n{logloss}\n\
             ## Shared train instances\n\n{shared}\n## The selector and the planted truth\n\n{}\n{NOTE}\n",
            self.seed,
            against(&self.selector)
        )
    }

    /// AUC without and with the labels' noise, logloss, and shared instances: a line per method, a
    /// column per scenario.
    fn tables(&self) -> [Vec<Vec<String>>; 4] {
        let names = self.data.scenarios.iter().map(|s| format!("s{}", s.scenario));
        let head: Vec<String> =
            [String::new()].into_iter().chain(names).chain(["all".into()]).collect();
        let table = |cells: &dyn Fn(&Record) -> Vec<String>| {
            let lines = self.methods.iter().map(|m| {
                let oracle = if m.method == PLANTED { "*" } else { "" };
                [vec![format!("{}{oracle}", m.method)], cells(m)].concat()
            });
            [head.clone()].into_iter().chain(lines).collect::<Vec<_>>()
        };
        let quality = |of: fn(&ssim_core::metric::Metrics) -> Option<f64>| {
            table(&move |m: &Record| {
                let scenarios = m.test.scenarios.iter().map(|s| &s.metrics);
                scenarios.chain([&m.test.pooled]).map(|x| number(of(x))).collect()
            })
        };
        let shared = table(&|m: &Record| {
            let scenarios = m.share.by_scenario.iter().map(|s| s.shared);
            scenarios.chain([m.share.shared]).map(report::count).collect()
        });
        [quality(|m| m.true_auc()), quality(|m| m.auc()), quality(|m| m.logloss()), shared]
    }
}

const NOTE: &str = "* trained on the planted list, which no method can know: what a perfect selector would give.\n\
                    One seed; differences of a few thousandths are noise.";

/// The selector's list and a random one against the planted truth.
fn against(found: &ListTruth) -> String {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    report::table(&[
        row(["selector against the planted truth", "ssim", "random list"]),
        row(["precision", &number(Some(found.precision)), &number(Some(found.base_rate))]),
        row(["recall", &number(Some(found.recall)), &number(Some(found.list_rate))]),
        row(["AUC of the scores", &number(found.score_auc), "0.5000"]),
    ])
}
