//! The calibration of a model in a table.

use crate::terminal::report::{number, table, wrap};
use ssim_core::calibrator::{Calibrator, CtrFit, LineRows};
use ssim_core::platt::LEAST;

/// The lines of all scenarios, and logloss and calibration error of the test rows without and with them.
pub fn text(of: &Calibrator) -> String {
    let head = ["", "line of", "slope", "intercept", "logloss", "with", "error", "with"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let fits = |before: &CtrFit, after: &CtrFit| {
        [before.logloss, after.logloss, before.error, after.error].map(number)
    };
    let line = ["calibration", "", "", ""].map(str::to_owned);
    rows.push([&line[..], &fits(&of.before, &of.after)].concat());
    for line in &of.scenarios {
        let cells = [
            format!("  scenario {}", line.scenario),
            match line.from {
                LineRows::Scenario => "its own".to_owned(),
                LineRows::Pooled => "all".to_owned(),
                LineRows::Nothing => "-".to_owned(),
            },
            number(Some(line.slope)),
            number(Some(line.intercept)),
        ];
        rows.push([&cells[..], &fits(&line.before, &line.after)].concat());
    }
    let mut text = table(&rows);
    if of.scenarios.iter().any(|line| line.from != LineRows::Scenario) {
        let about = format!(
            "A scenario has a line of its own from {LEAST} clicks and {LEAST} other validation rows on, if it rises; else \
             it has that of all rows."
        );
        text += &format!("{}\n", wrap(&about));
    }
    text
}
