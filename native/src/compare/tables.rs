//! Prints a comparison for people: the same tables on the terminal and in Markdown.

use super::found::{Cell, Comparison, MetricCells};
use crate::terminal::report::{self, difference, number, probability};

const NOTE: &str = "* better than the best baseline of the column (of those marked b), p < .05 in a two-sided paired\nt-test over seeds. mean: mean of the scenarios.";

type Rows = Vec<Vec<String>>;

impl Comparison {
    /// Makes the text for the terminal.
    pub fn text(&self) -> String {
        let sections = self.sections().into_iter();
        let sections = sections.map(|(name, rows)| format!("{name}\n{}\n", report::table(&rows)));
        format!("{}\n\n{}{NOTE}\n", self.heading(), sections.collect::<String>())
    }

    /// Makes `compare.md`.
    pub fn markdown(&self) -> String {
        let mut sections = self.sections();
        sections.push((self.single(), self.intervals()));
        let sections = sections.into_iter().filter(|(_, rows)| rows.len() > 1);
        let sections =
            sections.map(|(name, rows)| format!("## {name}\n\n{}\n", report::markdown(&rows)));
        let text = sections.collect::<String>();
        format!(
            "# {}\n\n{text}{}\n",
            report::marked_down(&self.heading()),
            NOTE.replacen('*', "\\*", 1)
        )
    }

    fn heading(&self) -> String {
        let settings = self.preset.as_deref().unwrap_or("default");
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let seeds = seeds.join(" ");
        format!("{}: {}, {settings} settings, seeds {seeds}", self.title, self.dataset)
    }

    fn sections(&self) -> Vec<(String, Rows)> {
        let mut sections = Vec::new();
        for metric in &self.metrics {
            sections.push((format!("{}, mean over seeds", metric.name), self.means(metric)));
            let tests = self.tests(metric);
            if tests.len() > 1 {
                let name = format!("{}: differences to the best baseline, and p", metric.name);
                sections.push((name, tests));
            }
        }
        sections.push(("Shared train rows, part of each scenario".into(), self.shares()));
        for (name, rows) in [
            ("Lists, means over seeds", self.lists()),
            ("Chosen by validation AUC, mean over scenarios and seeds", self.chosen()),
        ] {
            if rows.len() > 1 {
                sections.push((name.into(), rows));
            }
        }
        sections
    }

    fn head(&self) -> Vec<String> {
        [vec![String::new()], self.columns.clone()].concat()
    }

    fn means(&self, metric: &MetricCells) -> Rows {
        let cell = |c: &Cell| {
            let star = if c.star { "*" } else { "" };
            match c.deviation {
                Some(d) => format!("{}{star} ±{}", number(c.mean), &format!("{d:.4}")[1..]),
                None => format!("{}{star}", number(c.mean)),
            }
        };
        let mut rows = vec![self.head()];
        for (system, cells) in self.systems.iter().zip(&metric.cells) {
            let mark = if system.baseline { " b" } else { "" };
            let name = vec![format!("{}{mark}", system.name)];
            rows.push(name.into_iter().chain(cells.iter().map(cell)).collect());
        }
        rows
    }

    fn tests(&self, metric: &MetricCells) -> Rows {
        let mut rows = vec![self.head()];
        for (system, cells) in self.systems.iter().zip(&metric.cells) {
            if cells.iter().all(|c| c.test.is_none()) {
                continue;
            }
            let row = |name: &str, text: &dyn Fn(&Cell) -> String| {
                [name.to_owned()].into_iter().chain(cells.iter().map(text)).collect()
            };
            rows.push(row(&system.name, &|c| difference(c.test.map(|t| t.difference))));
            rows.push(row("  p", &|c| probability(c.test.and_then(|t| t.p))));
        }
        if rows.len() > 1 {
            let best = metric.best_baseline.iter().map(|b| b.clone().unwrap_or("-".into()));
            rows.push(["best baseline".to_owned()].into_iter().chain(best).collect());
        }
        rows
    }

    fn shares(&self) -> Rows {
        let names = self.columns.iter().take(self.scenarios.len()).cloned();
        let mut rows = vec![[String::new()].into_iter().chain(names).collect::<Vec<_>>()];
        for system in self.systems.iter().filter(|s| s.shares.iter().any(|x| *x > 0.0)) {
            let shares = system.shares.iter().map(|x| format!("{x:.3}"));
            rows.push([system.name.clone()].into_iter().chain(shares).collect());
        }
        rows
    }

    fn lists(&self) -> Rows {
        let head = ["", "Jaccard", "of random", "precision", "of random", "recall"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for (system, lists) in self.systems.iter().filter_map(|s| Some((s, s.lists.as_ref()?))) {
            rows.push(vec![
                system.name.clone(),
                number(lists.jaccard),
                number(Some(lists.random)),
                number(lists.mean(|t| t.precision)),
                number(lists.mean(|t| t.base_rate)),
                number(lists.mean(|t| t.recall)),
            ]);
        }
        rows
    }

    fn chosen(&self) -> Rows {
        let mut rows = vec![["", "chosen", "of"].map(str::to_owned).to_vec()];
        for system in self.systems.iter().filter(|s| !s.grid.is_empty()) {
            let chosen = system.chosen.iter().map(|(key, value)| format!("{key} = {value}"));
            let chosen = chosen.collect::<Vec<_>>().join(", ");
            rows.push(vec![system.name.clone(), chosen, system.grid.len().to_string()]);
        }
        rows
    }

    fn single(&self) -> String {
        let seed = self.seeds.first().map_or(String::new(), u64::to_string);
        format!("Single runs of seed {seed}: 95 % intervals of the test AUC (DeLong)")
    }

    fn intervals(&self) -> Rows {
        let names = self.columns.iter().take(self.scenarios.len()).cloned();
        let mut rows = vec![[String::new()].into_iter().chain(names).collect::<Vec<_>>()];
        for system in &self.systems {
            let Some(run) = system.runs.first() else { continue };
            let cells = run.test.scenarios.iter().map(|s| match s.metrics.auc_interval {
                Some((low, high)) => format!("{low:.4} to {high:.4}"),
                None => "-".into(),
            });
            rows.push([system.name.clone()].into_iter().chain(cells).collect());
        }
        rows
    }
}
