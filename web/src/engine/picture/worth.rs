//! The metrics of models that were trained on two lists, scenario by scenario.

use crate::engine::Engine;
use crate::text::metric;
use ssim_core::method::Role;
use ssim_core::metric::Metric;
use ssim_figure::measured::At;
use ssim_viz::{escape, fixed};

impl Engine {
    /// The lines of the table: both values, their difference, its interval and its p, all from paired seeds.
    pub(super) fn worth(
        &self,
        wanted: Metric,
        sides: &[(String, f64); 2],
        is_of_run: bool,
    ) -> String {
        let measured = &self.results.measured;
        // The models of the file were trained on lists of the run's pool. Lists of all rows or none have no pool.
        let known = |side: &(String, f64)| is_of_run || Role::of(&side.0).ratio().is_some();
        let [a, b] = sides;
        let place = |place: Option<usize>, name: &str| {
            let value = |side: &(String, f64)| {
                let at = measured.at(&side.0, side.1, wanted, place).filter(|_| known(side));
                at.map(|At { value, measured }| {
                    format!("{}{}", if measured { "" } else { "≈ " }, metric(Some(value)))
                })
            };
            let test = measured.paired((&a.0, a.1), (&b.0, b.1), wanted, place);
            let test = test.filter(|_| known(a) && known(b));
            let interval = test.and_then(|(_, interval)| interval);
            let cells = [
                value(a),
                value(b),
                test.map(|(t, _)| signed(t.difference)),
                interval.map(|(low, high)| format!("{} to {}", signed(low), signed(high))),
                test.and_then(|(t, _)| t.p).map(|p| fixed(p, 3)),
            ];
            let cell =
                |cell: Option<String>| format!("<td>{}</td>", cell.as_deref().unwrap_or("–"));
            let cells = cells.map(cell).concat();
            format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(name))
        };
        let names = self.scenario_names();
        let of_scenarios = names.iter().enumerate().map(|(k, name)| place(Some(k), name));
        of_scenarios.chain([place(None, "all")]).collect()
    }
}

fn signed(x: f64) -> String {
    format!("{}{}", if x > 0.0 { "+" } else { "" }, fixed(x, 4))
}
