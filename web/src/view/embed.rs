//! The page that makes the code which puts a live picture into another document.

use super::history;
use super::save;
use super::state::PageState;
use crate::address::Address;
use leptos::prelude::*;
use ssim_figure::{State, View};

/// The kinds of code that can be copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Tag,
    Frame,
    Rustdoc,
    MdBook,
}

const FORMS: [(Form, &str); 4] = [
    (Form::Tag, "Tag: a poster first, live on a click"),
    (Form::Frame, "Frame"),
    (Form::Rustdoc, "rustdoc comment"),
    (Form::MdBook, "mdBook chapter"),
];

#[component]
pub fn Embed(page: PageState) -> impl IntoView {
    let picture = RwSignal::new(View::Map);
    let height = RwSignal::new(560u32);
    let form = RwSignal::new(0usize);
    let url = move || {
        live(&history::link(&Address::default()), &page.address.with(|a| state(picture.get(), a)))
    };
    let snippet = move || snippet(FORMS[form.get()].0, &url(), height.get());
    let pictures = View::ALL.iter().map(|v| view! { <option value=v.name()>{v.name()}</option> });
    let forms =
        FORMS.iter().enumerate().map(|(i, f)| view! { <option value=i.to_string()>{f.1}</option> });
    let copied = RwSignal::new(false);
    let copy = move |_| {
        save::copy(&snippet());
        copied.set(true);
    };
    view! {
        <section aria-labelledby="embed">
            <h1 id="embed">"Put a live picture into a document"</h1>
            <p class="muted">
                "The code keeps the ratio, the metric and the changed row. `ssim export --embed` writes the folder with posters that the tag needs."
            </p>
            <div class="card">
                <div class="choices">
                    <label class="choice">
                        <span>"Picture"</span>
                        <select on:change=move |event| {
                            picture.set(View::find(&event_target_value(&event)).unwrap_or_default());
                        }>
                            {pictures.collect_view()}
                        </select>
                    </label>
                    <label class="choice">
                        <span>"Height, px"</span>
                        <input
                            type="number" min="200" max="2000" step="20" prop:value=move || height.get()
                            on:change=move |event| { if let Ok(h) = event_target_value(&event).parse::<u32>() {
                                height.set(h.clamp(200, 2000));
                            } }
                        />
                    </label>
                    <label class="choice">
                        <span>"As"</span>
                        <select on:change=move |event| form.set(event_target_value(&event).parse().unwrap_or(0))>
                            {forms.collect_view()}
                        </select>
                    </label>
                    <button type="button" class="primary" on:click=copy>"Copy"</button>
                    <span role="status" class="muted">{move || copied.get().then_some("copied")}</span>
                </div>
                <pre tabindex="0" aria-label="Snippet" id="snippet">{snippet}</pre>
            </div>
            <div class="card">
                <h2 class="small">"Preview"</h2>
                <iframe
                    title="Preview of the live picture" class="preview" src=url
                    style=move || format!("height:{}px", height.get())
                ></iframe>
            </div>
        </section>
    }
}

/// The choices of the page that a picture depends on.
fn state(view: View, address: &Address) -> State {
    let Address { ratio, metric, row, .. } = *address;
    let mut state = State { view, ..State::default() };
    match view {
        View::Curves => {}
        View::Metrics => (state.ratio, state.metric) = (ratio, metric),
        View::WhatIf => {
            (state.ratio, state.row) = (ratio, row.unwrap_or_default());
            state.edits = address.edits.clone();
        }
        _ => state.ratio = ratio,
    }
    state
}

/// The address of the live view in the folder of the page with address `page`.
fn live(page: &str, state: &State) -> String {
    let base = page.split('#').next().unwrap_or_default();
    let base = base.strip_suffix("index.html").unwrap_or(base);
    format!("{base}view.html#artifact={}&{state}", super::state::DEMO)
}

fn snippet(form: Form, url: &str, height: u32) -> String {
    let quoted = url.replace('&', "&amp;");
    let (base, query) = url.split_once("view.html#").unwrap_or_default();
    let link = "Which instances every scenario learns from";
    let frame = format!(
        "<iframe src=\"{quoted}\" title=\"{link}\" loading=\"lazy\" style=\"width:100%;height:{height}px;border:0\"></iframe>"
    );
    let attributes = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let folder = if key == "artifact" { base } else { "" };
        let value = value.replace("%3A", ":").replace("%2C", ",");
        Some(format!(" {key}=\"{folder}{value}\""))
    });
    let tag = format!(
        "<script type=\"module\" src=\"{base}embed.js\"></script>\n\
         <ssim-view{} height=\"{height}\">\n  <a href=\"{quoted}\">{link}</a>\n</ssim-view>",
        attributes.collect::<String>()
    );
    match form {
        Form::Frame => frame,
        Form::Tag | Form::MdBook => tag,
        Form::Rustdoc => tag.lines().map(|l| format!("/// {l}\n")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_quoted() {
        let address =
            Address { ratio: Some(0.3), row: Some(7), edits: vec![(3, 17)], ..Address::default() };
        let of =
            |view| live("https://example.org/demo/index.html#/story?u=1", &state(view, &address));
        let url = of(View::WhatIf);
        assert_eq!(
            url,
            "https://example.org/demo/view.html#artifact=demo.ssim&view=whatif&ratio=0.3&row=7&edits=3%3A17"
        );
        let tag = snippet(Form::Tag, &url, 600);
        assert!(tag.contains("src=\"https://example.org/demo/embed.js\""), "{tag}");
        assert!(tag.contains(
            "<ssim-view artifact=\"https://example.org/demo/demo.ssim\" view=\"whatif\" ratio=\"0.3\" row=\"7\" edits=\"3:17\" height=\"600\">"
        ));
        assert!(tag.contains("&amp;view=whatif&amp;ratio=0.3"));
        assert!(!of(View::Curves).contains("ratio"));
        assert!(snippet(Form::Frame, &url, 600).starts_with("<iframe src="));
        assert!(
            snippet(Form::Rustdoc, &url, 600)
                .lines()
                .all(|l| l.starts_with("/// <") || l.starts_with("///   <"))
        );
    }
}
