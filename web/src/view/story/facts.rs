//! The sentences of the story. Each says what the numbers of the open file say, and claims nothing that the
//! file does not measure.

use super::{ENDS, SELECTED};
use crate::address::Metric;
use crate::protocol::Overview;
use crate::view::explore::best_of;
use crate::view::text::{metric, percent, scenario};
use ssim_viz::{COLOURED, count, fixed};
use std::cmp::Ordering;

/// A step of the story in words.
pub struct StepWords {
    pub title: String,
    pub text: String,
}

/// The steps in words.
pub struct Facts {
    pub scenarios: StepWords,
    pub ends: StepWords,
    pub selector: StepWords,
    pub search: StepWords,
    pub retrain: StepWords,
    pub result: StepWords,
}

impl Facts {
    pub fn new(overview: &Overview) -> Self {
        Self {
            scenarios: scenarios(overview),
            ends: ends(overview),
            selector: selector(overview),
            search: words(
                "Search: selector and towers learn together",
                "While both learn, a mask decides for every row by its score. It starts soft and is made hard step by \
                 step by a rising temperature, so that at the end a row is either shared or not."
                    .to_owned(),
            ),
            retrain: words(
                "Select and retrain: the result is a list",
                format!(
                    "The frozen selector ranks all training rows, a ratio cuts the list, and the model is trained anew on \
                     it. The list is a file and serves any later model. Here {} points were retrained at several ratios \
                     and seeds.",
                    count(overview.measured.len() as u64)
                ),
            ),
            result: result(overview),
        }
    }
}

fn words(title: &str, text: String) -> StepWords {
    StepWords { title: title.to_owned(), text }
}

fn scenarios(overview: &Overview) -> StepWords {
    let Overview { dataset, scenarios, tested, fields, .. } = overview;
    let rows = || scenarios.iter().zip(tested).map(|(name, n)| (scenario(name), *n));
    let ends = rows().max_by_key(|s| s.1).zip(rows().min_by_key(|s| s.1));
    let sizes = ends.filter(|(most, least)| most.1 > least.1).map(|(most, least)| {
        let (most_rows, least_rows) = (count(most.1), count(least.1));
        format!(
            " {} has the most test rows, {most_rows}; {} has the fewest, {least_rows}.",
            most.0, least.0
        )
    });
    let text = format!(
        "The data set “{dataset}” holds clicks from {} scenarios with the same {} fields.{}",
        scenarios.len(),
        fields.len(),
        sizes.unwrap_or_default()
    );
    words("One log, several scenarios", text)
}

/// Sharing nothing against sharing everything: over all test rows, and in how many scenarios.
fn ends(overview: &Overview) -> StepWords {
    let about = "With a tower for every scenario and nothing shared, a scenario learns from its own rows alone. With \
                 everything shared, every row trains every tower.";
    let value = |end: usize, place: Option<usize>| {
        overview.measured.at(ENDS[end], end as f64, Metric::AUC, place).map(|at| at.value)
    };
    let (Some(none), Some(all)) = (value(0, None), value(1, None)) else {
        let text = format!("{about} This file does not measure the two.");
        return words("Sharing nothing and sharing everything are the two ends", text);
    };
    let places = || (0..overview.scenarios.len()).map(Some);
    let both = places().filter_map(|k| Some((value(0, k)?, value(1, k)?)));
    let (better, known) =
        both.fold((0, 0), |(b, n), (none, all)| (b + usize::from(all > none), n + 1));
    let title = match all.total_cmp(&none) {
        Ordering::Greater => "Here sharing everything has a higher AUC than sharing nothing",
        Ordering::Less => "Here sharing everything has a lower AUC than sharing nothing",
        Ordering::Equal => "Here sharing everything and sharing nothing have the same AUC",
    };
    let text = format!(
        "{about} Over all test rows sharing nothing reaches an AUC of {}, and sharing everything {}. Sharing everything is \
         better in {better} of {known} scenarios.",
        metric(Some(none)),
        metric(Some(all))
    );
    words(title, text)
}

fn selector(overview: &Overview) -> StepWords {
    if overview.selector.is_none() {
        let method = overview.models.first().map_or("", |model| &model.method);
        return words(
            "This run has no selector",
            format!(
                "A run of the method {method} has no selection network, so its rows have no share score. The map shows the \
                 rows by their embeddings; near points are similar rows."
            ),
        );
    }
    let towers = match overview.model.towers {
        1 => "",
        _ if overview.scenarios.len() > COLOURED => {
            " Every strip is a scenario; a bar is as high as it has rows with that score."
        }
        _ => " Upwards: rows about which the towers disagree.",
    };
    words(
        "A small network scores every row",
        format!(
            "The selector reads a row's embedding and gives one number, the share score. The best {} of {} are shared with \
             every tower; the others stay private to their scenario. To the right: higher score.{towers}",
            percent(Some(overview.ratio)),
            best_of(overview.by.unwrap_or_default())
        ),
    )
}

fn result(overview: &Overview) -> StepWords {
    let (ours, none) = ((SELECTED, overview.ratio), (ENDS[0], 0.0));
    let text = match overview.measured.paired(ours, none, Metric::AUC, None) {
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
    words("The result", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use ssim_core::method::Method;

    fn demo() -> Overview {
        let bytes = include_bytes!("../../../../static/demo.ssim");
        Engine::open(bytes).expect("an artifact").overview().clone()
    }

    #[test]
    fn the_two_ends_are_compared_as_they_were_measured() {
        let overview = demo();
        let told = ends(&overview);
        let auc = |method: Method, ratio| {
            overview.measured.at(method.name(), ratio, Metric::AUC, None).unwrap().value
        };
        let higher = auc(Method::MtS, 1.0) > auc(Method::Mt, 0.0);
        assert_eq!(told.title.contains("a higher AUC"), higher, "{}", told.title);
        let mut unmeasured = overview.clone();
        unmeasured.measured.0.clear();
        assert!(ends(&unmeasured).text.contains("does not measure"));
    }

    #[test]
    fn a_run_without_a_selector_has_no_scores() {
        let mut overview = demo();
        assert!(selector(&overview).text.contains("70.0\u{a0}% of each batch"));
        overview.selector = None;
        let told = selector(&overview);
        assert!(told.title == "This run has no selector" && !told.text.contains("best"));
    }
}
