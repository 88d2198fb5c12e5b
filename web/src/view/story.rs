//! The start page. It explains sharing in a few steps, with the numbers of the open file.

mod figures;

use super::chart::Chart;
use super::networks::Networks;
use super::state::PageState;
use super::text::{metric, percent, scenario};
use crate::address::{Address, Metric, Route};
use crate::protocol::Overview;
use leptos::prelude::*;
use ssim_core::method::Method;
use ssim_viz::{Look, count};
use std::sync::Arc;

/// The methods that share nothing and everything.
const ENDS: [&str; 2] = [Method::Mt.name(), Method::MtS.name()];
/// The method whose list the story tells of.
const SELECTED: &str = Method::Ssim.name();

#[component]
pub fn Story(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let facts = Facts::new(&overview);
    let o = overview.clone();
    let rows = move |look: &Look| figures::rows(&o).svg(look);
    let o = overview.clone();
    let ends = move |look: &Look| figures::methods(&o, &ENDS, Metric::AUC).svg(look);
    let map = move |look: &Look| figures::map(page, look);
    let o = overview.clone();
    let search = move |look: &Look| figures::search(&o).svg(look);
    let o = overview.clone();
    let ratios = move |look: &Look| {
        super::explore::sweep(&o.measured, Metric::AUC, None, None, &names).svg(look)
    };
    let o = overview.clone();
    let result = move |look: &Look| figures::methods(&o, &[], Metric::AUC).svg(look);
    let to = move |route: Route| {
        page.address.with_untracked(|a| Address { route, ..a.clone() }.to_string())
    };
    let swept = !overview.measured.is_empty();
    view! {
        <section aria-labelledby="story" class="story">
            <Step n=1 title="One log, several scenarios" text=facts.scenarios>
                <Chart page name="scenarios" draw=rows />
            </Step>
            <Step n=2 title="Sharing nothing leaves too few rows; sharing everything lets the largest scenario dominate" text=facts.ends>
                <Chart page name="ends" draw=ends />
            </Step>
            <Step n=3 title="A small network scores every row" text=facts.selector>
                <Chart page name="map" draw=map />
            </Step>
            <Step n=4 title="Search: selector and towers learn together" text=facts.search>
                <Chart page name="search" draw=search />
            </Step>
            {swept.then(|| view! {
                <Step n=5 title="Select and retrain: the result is a list" text=facts.retrain>
                    <Chart page name="ratios" draw=ratios />
                </Step>
            })}
            <Step n=if swept { 6 } else { 5 } title="The result" text=facts.result>
                <Chart page name="result" draw=result />
            </Step>
            <p class="choices">
                <a class="button primary" href=to(Route::Explore)>"Explore the rows"</a>
                <a class="button" href=to(Route::WhatIf)>"Change a row"</a>
                <a class="button" href=to(Route::Train)>"Train here"</a>
            </p>
            <Networks overview />
        </section>
    }
}

#[component]
fn Step(n: usize, title: &'static str, text: String, children: Children) -> impl IntoView {
    view! {
        <article class="card step">
            <div class="words">
                <h2>{format!("{n}. {title}")}</h2>
                <p>{text}</p>
            </div>
            <div class="figure">{children()}</div>
        </article>
    }
}

/// The texts of the steps, with the numbers of the open file.
struct Facts {
    scenarios: String,
    ends: String,
    selector: String,
    search: String,
    retrain: String,
    result: String,
}

impl Facts {
    fn new(overview: &Overview) -> Self {
        let k = overview.scenarios.len();
        let measured = &overview.measured;
        let largest = overview.scenarios.iter().zip(&overview.tested).max_by_key(|s| s.1);
        let largest = largest.map_or(String::new(), |s| scenario(s.0));
        let ratio = overview.ratio.unwrap_or(0.0);
        let auc = |method: &str, ratio: f64| {
            measured.at(method, ratio, Metric::AUC, None).map(|a| a.value)
        };
        let ends = match (auc(ENDS[0], 0.0), auc(ENDS[1], 1.0)) {
            (Some(none), Some(all)) => format!(
                "With a tower for every scenario and nothing shared, a small scenario has too few rows to learn from. With \
                 everything shared, the largest one drowns the others. Over all test rows the two reach an AUC of {} and {}; \
                 the panels show each scenario.",
                metric(Some(none)),
                metric(Some(all))
            ),
            _ => "With a tower for every scenario and nothing shared, a small scenario has too few rows to learn from. \
                  With everything shared, the largest one drowns the others."
                .to_owned(),
        };
        let result = match measured.paired((SELECTED, ratio), (ENDS[0], 0.0), Metric::AUC, None) {
            Some((test, Some((low, high)))) => {
                let verdict = match (low > 0.0, high < 0.0) {
                    (true, _) => "better than sharing nothing",
                    (_, true) => "worse than sharing nothing",
                    _ => "not distinguishable from sharing nothing with these seeds",
                };
                format!(
                    "On all test rows the selector's list is {verdict}: {}{} AUC, 95 % interval {} to {}. Numbers are shown \
                     as measured, also where the method loses.",
                    if test.difference > 0.0 { "+" } else { "" },
                    ssim_viz::fixed(test.difference, 4),
                    ssim_viz::fixed(low, 4),
                    ssim_viz::fixed(high, 4)
                )
            }
            _ => "Numbers are shown as measured, also where the method loses. One seed says little: differences of a few \
                  thousandths are noise."
                .to_owned(),
        };
        Self {
            scenarios: format!(
                "The data set “{}” holds clicks from {k} scenarios: tabs, pages, groups of users. They have the same {} fields but not the \
                 same size or taste. {largest} has the most rows; the smallest would gain most from the rows of others.",
                overview.dataset,
                overview.fields.len()
            ),
            ends,
            selector: format!(
                "The selector reads a row's embedding and gives one number, the share score. The best {} are shared with \
                 every tower; the others stay private to their scenario. To the right: higher score. Upwards: rows about \
                 which the towers disagree.",
                percent(Some(ratio))
            ),
            search: "While both learn, a mask decides for every row by its score. It starts soft and is made hard step by \
                     step by a rising temperature, so that at the end a row is either shared or not."
                .to_owned(),
            retrain: format!(
                "The frozen selector ranks all training rows, a ratio cuts the list, and the model is trained anew on it. \
                 The list is a file and serves any later model. Here {} points were retrained at several ratios and seeds.",
                count(measured.len() as u64)
            ),
            result,
        }
    }
}
