//! The menu for the metric that charts and tables show.

use super::select::Select;
use super::state::PageState;
use crate::address::Metric;
use crate::protocol::Overview;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn MetricChoice(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let known = Metric::known(overview.synthetic);
    let options = known.map(|m| (m.name(), m.label().to_owned())).collect();
    view! {
        <Select
            label="Metric" options
            value=move || page.address.get().metric.name()
            choose=move |name: String| {
                if let Some(metric) = Metric::find(&name) { page.choose(|a| a.metric = metric) }
            }
        />
    }
}
