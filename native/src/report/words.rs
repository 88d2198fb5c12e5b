//! The parts of a report that every run has, in Markdown.

use crate::terminal;
use crate::terminal::report::{self, count, markdown, marked_down, number};
use ssim_core::artifact::record::Record;
use ssim_core::method::Method;
use ssim_core::metric::{Metric, Metrics};

/// The report of a run about which nothing else is known.
pub fn of_run(record: &Record) -> String {
    let shared = match record.share.shared {
        0 => String::new(),
        _ => format!("## The list\n\n{}", block(&report::share(&record.share))),
    };
    format!(
        "# {}\n\nThis is a run on {} with the seed {}. {}\n{}\n{}{shared}",
        title(record),
        marked_down(&record.dataset),
        record.seed,
        method(record),
        quality(record),
        calibration(record),
    )
}

/// The name of a run's report.
pub fn title(record: &Record) -> String {
    format!("{} on {}", record.method, record.dataset)
}

/// The method of a run and the quality of its model, in two sentences.
pub fn method(record: &Record) -> String {
    let Record { test, method: candidate, identity, .. } = record;
    // A candidate may have another name than its method.
    let recipe = identity.as_ref().and_then(|identity| identity.get("recipe")?.as_str());
    let method = recipe.unwrap_or(candidate);
    let about = method.parse::<Method>().map_or("", Method::about);
    format!(
        "Its method is `{method}`: {about}. Its model has a test AUC of {} over {} rows of {} scenarios, which no \
         training has seen.\n",
        number(test.pooled.get(Metric::AUC)),
        count(test.pooled.instances).replace(' ', "\u{a0}"),
        test.scenarios.len()
    )
}

/// The metrics of the test rows, per scenario.
pub fn quality(record: &Record) -> String {
    let metrics = Metric::known(false).map(Metric::label);
    let head = ["scenario", "test rows", "CTR"].into_iter().chain(metrics);
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    let line = |name: &str, m: &Metrics| {
        let values = Metric::known(false).map(|metric| number(m.get(metric)));
        let counts = [name.to_owned(), count(m.instances), number(m.ctr)];
        counts.into_iter().chain(values).collect()
    };
    rows.push(line("all", &record.test.pooled));
    rows.extend(record.test.scenarios.iter().map(|s| line(&s.scenario, &s.metrics)));
    format!("## The quality of its model\n\n{}", markdown(&rows))
}

/// The calibration of the model; empty if it has none.
pub fn calibration(record: &Record) -> String {
    let Some(lines) = &record.calibration else { return String::new() };
    format!(
        "## The calibration of its CTRs\n\n`ssim score --calibrated` moves the logits of a scenario along a line that was \
         fitted on its validation rows. The order of its rows stays. Logloss and the expected calibration error are \
         those of the test rows, without the lines and with them.\n\n{}\n",
        block(&terminal::calibration::text(lines))
    )
}

/// A text as it stands in a terminal. Its fence is longer than every row of backticks in it.
pub fn block(text: &str) -> String {
    fenced("text", text)
}

/// A text in some language.
pub fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn no_text_ends_its_own_block() {
        assert_eq!(block("a\n"), "```text\na\n```\n");
        assert_eq!(block("```\n# b"), "````text\n```\n# b\n````\n");
    }
}
