//! The sentences of the start page. Each says what the numbers of the open file say, and claims nothing that the
//! file does not measure.

use super::story::{ENDS, OURS};
use crate::engine::Engine;
use crate::protocol::{Overview, StepLine, StoryPicture};
use crate::text::{best_of, metric, percent, scenario};
use ssim_core::metric::Metric;
use ssim_figure::report;
use ssim_viz::{COLOURED, count, fixed};
use std::cmp::Ordering;

impl Engine {
    /// The steps of the start page. A step about something that the file does not have is left out.
    pub(super) fn story(&self) -> Vec<StepLine> {
        let record = &self.artifact.header.report;
        let searched = report::search(record).iter().any(|points| !points.is_empty());
        let steps = [
            Some(self.scenarios()),
            Some(self.ends()),
            Some(selector(&self.overview)),
            searched.then(search),
            (!self.results.measured.is_empty()).then(|| self.retrain()),
            Some(self.result()),
        ];
        steps.into_iter().flatten().collect()
    }

    /// The scenarios, the largest and the smallest of them by train rows.
    fn scenarios(&self) -> StepLine {
        let Overview { scenarios, fields, .. } = &self.overview;
        let rows = report::lists(&self.artifact.header.report);
        let ends =
            rows.iter().max_by_key(|s| s.instances).zip(rows.iter().min_by_key(|s| s.instances));
        let ends = ends.filter(|(most, least)| most.instances > least.instances);
        let sizes = ends.map(|(most, least)| {
            let (most_rows, least_rows) = (count(most.instances), count(least.instances));
            let (most, least) = (scenario(&most.scenario), scenario(&least.scenario));
            format!(" “{most}” has the most train rows, {most_rows}; “{least}” has the fewest, {least_rows}.")
        });
        let text = format!(
            "The log holds clicks from {} scenarios with the same {} fields.{}",
            scenarios.len(),
            fields.len(),
            sizes.unwrap_or_default()
        );
        step("One log, several scenarios", text, Some(StoryPicture::Rows))
    }

    /// The file in a sentence: its data, its rows, and the program that wrote it.
    pub(super) fn facts(&self) -> String {
        let Overview { synthetic, scenarios, fields, rows, .. } = &self.overview;
        let header = &self.artifact.header;
        // The reader must see that the file holds only a sample of the test rows.
        let of = report::of(&header.report).filter(|n| *n > *rows as u64);
        let of = of.map_or(String::new(), |n| format!(" of {} test", count(n)));
        format!(
            "{}{} scenarios, {} fields; {}{of} rows in the file. Written by {}, data fingerprint {}.",
            if *synthetic { "Synthetic data with known truth. " } else { "" },
            scenarios.len(),
            fields.len(),
            count(*rows as u64),
            header.writer,
            header.schema.fingerprint()
        )
    }

    /// Sharing nothing against sharing everything: over all test rows, and in how many scenarios.
    fn ends(&self) -> StepLine {
        let about = "With a tower for every scenario and nothing shared, a scenario learns from its own rows alone. With \
                     everything shared, every row trains every tower.";
        let [none, all] = [(ENDS[0], 0.0), (ENDS[1], 1.0)];
        let of_all = |end| self.results.auc(end, None);
        let (Some(of_none), Some(of_all)) = (of_all(none), of_all(all)) else {
            let text = format!("{about} This file does not measure the two.");
            return step("Sharing nothing and sharing everything are the two ends", text, None);
        };
        let (better, known) = self.results.better(self.overview.scenarios.len(), all, none);
        let title = match of_all.total_cmp(&of_none) {
            Ordering::Greater => "Here sharing everything has a higher AUC than sharing nothing",
            Ordering::Less => "Here sharing everything has a lower AUC than sharing nothing",
            Ordering::Equal => "Here sharing everything and sharing nothing have the same AUC",
        };
        let text = format!(
            "{about} Over all test rows sharing nothing reaches an AUC of {}, and sharing everything {}. Sharing everything \
             is better in {better} of {known} scenarios.",
            metric(Some(of_none)),
            metric(Some(of_all))
        );
        step(title, text, Some(StoryPicture::Ends))
    }

    fn retrain(&self) -> StepLine {
        let text = format!(
            "The frozen selector ranks all training rows, a ratio cuts the list, and the model is trained anew on it. The list \
             is a file and serves any later model. Here {} points were retrained at several ratios and seeds.",
            count(self.results.measured.len() as u64)
        );
        step("Select and retrain: the result is a list", text, Some(StoryPicture::Ratios))
    }

    fn result(&self) -> StepLine {
        let (ours, none) = ((OURS, self.overview.ratio), (ENDS[0], 0.0));
        let text = match self.results.measured.paired(ours, none, Metric::AUC, None) {
            Some((test, Some((low, high)))) => {
                let verdict = match (low > 0.0, high < 0.0) {
                    (true, _) => "better than sharing nothing",
                    (_, true) => "worse than sharing nothing",
                    _ => "not distinguishable from sharing nothing with these seeds",
                };
                format!(
                    "On all test rows the selector's list is {verdict}: {}{} AUC, 95 % interval {} to {}. Numbers are shown as \
                     measured, also where the method loses.",
                    if test.difference > 0.0 { "+" } else { "" },
                    fixed(test.difference, 4),
                    fixed(low, 4),
                    fixed(high, 4)
                )
            }
            _ => "Numbers are shown as measured, also where the method loses. One seed says little: differences of a few \
                  thousandths are noise."
                .to_owned(),
        };
        step("The result", text, Some(StoryPicture::Result))
    }
}

fn step(title: &str, text: String, picture: Option<StoryPicture>) -> StepLine {
    StepLine { title: title.to_owned(), text, picture }
}

fn search() -> StepLine {
    let text = "While both learn, a mask decides for every row by its score. It starts soft and is made hard step by step by \
                a rising temperature, so that at the end a row is either shared or not.";
    let title = "Search: selector and towers learn together";
    step(title, text.to_owned(), Some(StoryPicture::Search))
}

fn selector(overview: &Overview) -> StepLine {
    if !overview.selected {
        return step(
            "This run has no selector",
            format!(
                "A run of the method {} has no selection network, so its rows have no share score. The map shows the \
                 rows by their embeddings; near points are similar rows.",
                overview.method
            ),
            Some(StoryPicture::Map),
        );
    }
    let towers = match overview.towers {
        1 => "",
        _ if overview.scenarios.len() > COLOURED => {
            " Every strip is a scenario; a bar is as high as it has rows with that score."
        }
        _ => " Upwards: rows about which the towers disagree.",
    };
    step(
        "A small network scores every row",
        format!(
            "The selector reads a row's embedding and gives one number, the share score. The best {} of {} are shared with \
             every tower; the others stay private to their scenario. To the right: higher score.{towers}",
            percent(Some(overview.ratio)),
            best_of(overview.by.unwrap_or_default())
        ),
        Some(StoryPicture::Map),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::method::Method;

    fn demo() -> Engine {
        Engine::open(include_bytes!("../../../../static/demo.ssim")).expect("an artifact")
    }

    #[test]
    fn the_two_ends_are_compared_as_they_were_measured() {
        let mut engine = demo();
        let told = engine.ends();
        let auc = |method: Method, ratio| {
            let measured = &engine.results.measured;
            measured.at(method.name(), ratio, Metric::AUC, None).unwrap().value
        };
        let higher = auc(Method::MtS, 1.0) > auc(Method::Mt, 0.0);
        assert_eq!(told.title.contains("a higher AUC"), higher, "{}", told.title);
        engine.results.measured.0.clear();
        engine.results.runs.clear();
        assert!(engine.ends().text.contains("does not measure"));
        assert!(engine.ends().picture.is_none());
    }

    #[test]
    fn a_run_without_a_selector_has_no_scores() {
        let mut overview = demo().overview().clone();
        assert!(selector(&overview).text.contains("70.0\u{a0}% of each batch"));
        overview.selected = false;
        let told = selector(&overview);
        assert!(told.title == "This run has no selector" && !told.text.contains("best"));
    }
}
