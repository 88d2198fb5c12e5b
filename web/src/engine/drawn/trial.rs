//! The choices of a test of the selection. The trainer makes the test itself.

use super::detail::Detail;
use super::html::{menu, paragraph};
use ssim_viz::count;

/// The numbers of seeds that can be chosen.
const SEEDS: [usize; 3] = [3, 5, 10];

/// The form. Both flags are `[n]`, or empty.
pub fn trial(shared: &[bool], selected: &[bool], detail: &Detail) -> String {
    let chosen = selected.iter().filter(|selected| **selected).count();
    let listed =
        shared.iter().zip(selected).filter(|(shared, selected)| **shared && **selected).count();
    let [all, on_it, others] = [chosen, listed, chosen - listed].map(|n| count(n as u64));
    let told = match chosen {
        0 => "Select rows first: on the map, by a rule, or by a value in one of the other views."
            .to_owned(),
        _ => format!("{all} rows are selected, and {on_it} of them are shared."),
    };
    let seeds = detail.number("n", 11).filter(|n| SEEDS.contains(n)).unwrap_or(SEEDS[1]);
    let options = SEEDS.iter().map(|n| (n.to_string(), n.to_string()));
    let menu = menu(("Seeds", "trial-seeds"), &detail.before("n"), options, &seeds.to_string());
    let button = |what: &str, rows: usize, text: String| match rows {
        0 => format!(
            "<button type=\"button\" id=\"trial-{what}\" aria-disabled=\"true\">{text}</button>"
        ),
        _ => format!(
            "<button type=\"button\" id=\"trial-{what}\" data-{what}=\"{seeds}\">{text}</button>"
        ),
    };
    format!(
        "{}<div class=\"choices\">{menu}{}{}</div>{}",
        paragraph("strong", &told),
        button("force", chosen - listed, format!("Force in: share the other {others}")),
        button("keep-out", listed, format!("Keep out: share none of the {on_it}")),
        paragraph(
            "muted note",
            "For every seed two models are trained here on four fifths of the file's rows: one on the list as it is shown, and \
             one on the changed list. A tenth of the rows says when to stop, and a tenth measures. The differences between the two \
             models of a seed have a 95 % interval over the seeds. Few rows learn little, so a difference that this test cannot \
             see may still be there with the whole log."
        )
    )
}
