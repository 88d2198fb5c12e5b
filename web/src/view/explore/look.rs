//! The controls in the corner of the picture: which picture it is, and what colours its points. Below it
//! stands what the colours and the picture mean.

use crate::address::{Axes, Colour};
use crate::protocol::Overview;
use crate::view::select::Select;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_viz::fixed;
use std::sync::Arc;

/// Menus of pictures, and of colours where the picture has points.
#[component]
pub fn Corner(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let sample = page.derived.sample.get_untracked();
    let axes = Axes::ALL.iter().copied().filter(|a| sample.has(*a));
    let trust = |name: &str| {
        let trust = overview.projections.iter().find(|p| p.0 == name).map(|p| p.1);
        trust.map_or("unrated".into(), |t| format!("trustworthiness {}", fixed(t, 2)))
    };
    let axes = axes.map(|a| {
        let label = match a {
            Axes::Strips => "strips by scenario".to_owned(),
            Axes::Map => "score and disagreement".to_owned(),
            Axes::Pca => format!("PCA, {}", trust("pca")),
            Axes::Tsne => format!("t-SNE, {}", trust("tsne")),
        };
        (a.name(), label)
    });
    let axes: Vec<_> = axes.collect();
    let colours = Colour::ALL.iter().copied().filter(|c| match c {
        Colour::Score => overview.selected,
        Colour::Planted => overview.synthetic,
        _ => true,
    });
    let colours: Vec<_> = colours.map(|c| (c.name(), label(c).to_owned())).collect();
    let points = move || {
        (page.derived.plane.with(|p| p.axes != Axes::Strips)).then(|| view! {
            <Select
                label="Colour" options=colours.clone()
                value=move || page.address.get().colour.name()
                choose=move |name: String| {
                    if let Some(colour) = Colour::find(&name) { page.choose(|a| a.colour = colour) }
                }
            />
        })
    };
    view! {
        <div class="corner">
            {points}
            <Select
                label="Picture" options=axes
                value=move || page.derived.plane.with(|p| p.axes.name())
                choose=move |name: String| {
                    page.choose(|a| (a.axes, a.view) = (Axes::find(&name), None));
                }
            />
        </div>
    }
}

/// The name of a property of rows.
fn label(colour: Colour) -> &'static str {
    match colour {
        Colour::Scenario => "scenario",
        Colour::Score => "share score",
        Colour::Click => "click",
        Colour::Loss => "loss",
        Colour::Planted => "planted truth",
    }
}

/// The scale of the colours, and a sentence where only a part of the rows has a place in the picture.
#[component]
pub fn Key(page: PageState) -> impl IntoView {
    let scale = move || {
        let colours = page.derived.colours.get();
        let (values, [low, high]) = &*colours;
        let colour = page.address.with(|a| a.colour);
        let words = match colour {
            _ if values.is_empty() => return None,
            Colour::Click => ["not clicked".to_owned(), "clicked".to_owned()],
            Colour::Planted => ["private".to_owned(), "planted".to_owned()],
            _ => [*low, *high].map(|x| fixed(f64::from(x), 3)),
        };
        // Values beyond the ends of the scale have the colours of the ends.
        let clamped = match colour {
            Colour::Loss => "; the highest and the lowest 5 % have the colours of the ends",
            Colour::Score => "; the highest and the lowest 1 % have the colours of the ends",
            _ => "",
        };
        let [low, high] = words;
        let palette = ssim_viz::Palette::new(page.dark.get());
        let stops = (0..=8).map(|i| {
            let [r, g, b] = palette.value(i as f32 / 8.0);
            format!(",rgb({r} {g} {b})")
        });
        let stops: String = stops.collect();
        Some(format!(
            "<span>{}: {low}</span><span class=\"ramp\" aria-hidden=\"true\" \
             style=\"background:linear-gradient(90deg{stops})\"></span><span>{high}{clamped}</span>",
            label(colour)
        ))
    };
    // An empty paragraph takes no room (`page.css`).
    view! {
        <p class="key muted" id="scale" inner_html=move || scale().unwrap_or_default()></p>
        <p class="key muted" id="sampled" inner_html=move || page.derived.sampled().unwrap_or_default()></p>
    }
}
