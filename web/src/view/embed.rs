//! A view of this page for another document: one tag, or a frame.

use super::history;
use super::save;
use super::state::Page;
use crate::address::{Address, Route};
use leptos::prelude::*;

/// What is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Tag,
    Frame,
    Rustdoc,
    MdBook,
}

const FORMS: [(Form, &str); 4] = [
    (Form::Tag, "Tag: a poster first, the page on a click"),
    (Form::Frame, "Frame"),
    (Form::Rustdoc, "rustdoc comment"),
    (Form::MdBook, "mdBook chapter"),
];

#[component]
pub fn Embed(page: Page) -> impl IntoView {
    let route = RwSignal::new(Route::Explore);
    let height = RwSignal::new(640u32);
    let form = RwSignal::new(0usize);
    let framed =
        move || page.address.with(|a| Address { route: route.get(), bare: true, ..a.clone() });
    let url = move || history::link(&framed());
    let snippet = move || snippet(FORMS[form.get()].0, &url(), height.get());
    let routes = [Route::Explore, Route::Scenarios, Route::WhatIf, Route::Compare];
    let routes = routes.map(|r| view! { <option value=r.name()>{super::rail::label(r)}</option> });
    let forms =
        FORMS.iter().enumerate().map(|(i, f)| view! { <option value=i.to_string()>{f.1}</option> });
    let copied = RwSignal::new(false);
    let copy = move |_| {
        save::copy(&snippet());
        copied.set(true);
    };
    view! {
        <section aria-labelledby="embed">
            <h1 id="embed">"Put this view into a document"</h1>
            <p class="muted">
                "Every choice that was made on the other pages goes along: ratio, list, selection, what is seen of the map."
            </p>
            <div class="card">
                <div class="choices">
                    <label class="choice">
                        <span>"View"</span>
                        <select on:change=move |event| {
                            route.set(Route::find(&event_target_value(&event)).unwrap_or_default());
                        }>
                            {routes.collect_view()}
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
                    title="Preview of the embedded view" class="preview" src=url
                    style=move || format!("height:{}px", height.get())
                ></iframe>
            </div>
        </section>
    }
}

fn snippet(form: Form, url: &str, height: u32) -> String {
    let base = url.split('#').next().unwrap_or_default();
    let base = base.strip_suffix("index.html").unwrap_or(base);
    let address = url.split_once('#').map_or("", |(_, a)| a).replace('&', "&amp;");
    let quoted = url.replace('&', "&amp;");
    let frame = format!(
        "<iframe src=\"{quoted}\" title=\"SSIM: shared instances\" loading=\"lazy\" style=\"width:100%;height:{height}px;border:0\"></iframe>"
    );
    let tag = format!(
        "<script type=\"module\" src=\"{base}embed.js\"></script>\n\
         <ssim-view address=\"#{address}\" height=\"{height}\">\n  \
         <a href=\"{quoted}\">Which instances every scenario learns from (interactive)</a>\n\
         </ssim-view>"
    );
    match form {
        Form::Tag => tag,
        Form::Frame | Form::MdBook => frame,
        Form::Rustdoc => frame.lines().map(|l| format!("/// {l}")).collect::<Vec<_>>().join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_quoted() {
        let url = "https://example.org/demo/index.html#/explore?r=0.3&u=1";
        let tag = snippet(Form::Tag, url, 600);
        assert!(tag.contains("src=\"https://example.org/demo/embed.js\""));
        assert!(tag.contains("address=\"#/explore?r=0.3&amp;u=1\""));
        assert!(snippet(Form::Rustdoc, url, 600).starts_with("/// <iframe src="));
    }
}
