//! The page that makes the code which puts a live picture into another document.

use super::failure::code;
use super::history;
use super::save;
use super::state::PageState;
use crate::address::Address;
use js_sys::{Object, Reflect};
use leptos::ev;
use leptos::prelude::*;
use ssim_figure::{State, View};
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, Window};

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
    let file = page.shown.with_untracked(|s| s.as_ref().map_or(String::new(), |s| s.name.clone()));
    let url = move || {
        let state = state(picture.get(), page);
        live(&history::link(&Address::default()), &file, &state)
    };
    // The page gives the preview the bytes that it has open, which no server needs to have.
    let preview = {
        let url = url.clone();
        move || format!("{}&held=1", url())
    };
    // The element in a document is as high as its picture too.
    let room = RwSignal::new(0.0);
    let told =
        window_event_listener(ev::message, move |event: MessageEvent| lend(page, room, &event));
    on_cleanup(move || told.remove());
    let snippet = move || snippet(FORMS[form.get()].0, &url(), height.get());
    let written = snippet.clone();
    let pictures = View::ALL.iter().map(|v| view! { <option value=v.name()>{v.name()}</option> });
    let forms =
        FORMS.iter().enumerate().map(|(i, f)| view! { <option value=i.to_string()>{f.1}</option> });
    let copied = RwSignal::new(false);
    let copy = move |_| {
        save::copy(&written());
        copied.set(true);
    };
    view! {
        <section aria-labelledby="embed">
            <h1 id="embed">"Put a live picture into a document"</h1>
            <p class="muted">
                {code("The code keeps the ratio, the metric and the changed row. `ssim export --embed ssim` writes the folder `ssim` that the tag needs: the file, the scripts, and posters with tags around them.")}
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
                    title="Preview of the live picture" class="preview" src=preview
                    style=move || format!("height:{}px", f64::from(height.get()).max(room.get() + 2.0))
                ></iframe>
            </div>
        </section>
    }
}

/// Answers a preview that asks for the open file, and takes the height that a preview says it needs.
fn lend(page: PageState, room: RwSignal<f64>, event: &MessageEvent) {
    if !window().location().origin().is_ok_and(|origin| origin == event.origin()) {
        return;
    }
    let get = |key: &str| Reflect::get(&event.data(), &key.into()).ok();
    if let Some(height) = get("height").and_then(|height| height.as_f64()) {
        room.set(height);
    }
    let wanted = get("wanted").and_then(|wanted| wanted.as_string());
    let (Some(bytes), Some(frame)) = (page.bytes(), event.source()) else { return };
    if wanted.as_deref() == Some("bytes") {
        let answer = Object::new();
        let _ = Reflect::set(&answer, &"ssim".into(), &1.into());
        let _ = Reflect::set(&answer, &"bytes".into(), &bytes);
        let _ = frame.unchecked_into::<Window>().post_message(&answer, &event.origin());
    }
}

/// The choices of the page that a picture depends on.
fn state(view: View, page: PageState) -> State {
    let address = page.address.get();
    // The file's own cut needs no word in the tag.
    let pool = page.derived.pool.get();
    let other = pool != page.derived.pool_of_run.get() && view != View::Curves;
    let by = other.then_some(pool);
    State { by, ..of_address(view, &address) }
}

fn of_address(view: View, address: &Address) -> State {
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

/// The address of the live view of a file in the folder of the page with address `page`.
fn live(page: &str, file: &str, state: &State) -> String {
    let base = page.split('#').next().unwrap_or_default();
    let base = base.strip_suffix("index.html").unwrap_or(base);
    let file: String = form_urlencoded::byte_serialize(file.as_bytes()).collect();
    format!("{base}view.html#artifact={}&{state}", file.replace('+', "%20"))
}

/// The folder in a document's code: a server on this machine is there for its user alone, so the code
/// names the folder that `ssim export --embed ssim` writes.
fn folder(base: &str) -> &str {
    let host = base.split_once("://").map_or("", |(_, rest)| rest).split(['/', ':']).next();
    let here = host.is_some_and(|h| h == "localhost" || h.starts_with("127.") || h == "[");
    if here { "ssim/" } else { base }
}

fn snippet(form: Form, url: &str, height: u32) -> String {
    let (base, query) = url.split_once("view.html#").unwrap_or_default();
    let base = folder(base);
    let quoted = format!("{base}view.html#{query}").replace('&', "&amp;");
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
        let of = |view| {
            live(
                "https://example.org/demo/index.html#/story?u=1",
                "my run.ssim",
                &of_address(view, &address),
            )
        };
        let url = of(View::WhatIf);
        assert_eq!(
            url,
            "https://example.org/demo/view.html#artifact=my%20run.ssim&view=whatif&ratio=0.3&row=7&edits=3%3A17"
        );
        let tag = snippet(Form::Tag, &url, 600);
        assert!(tag.contains("src=\"https://example.org/demo/embed.js\""), "{tag}");
        assert!(tag.contains(
            "<ssim-view artifact=\"https://example.org/demo/my%20run.ssim\" view=\"whatif\" ratio=\"0.3\" row=\"7\" edits=\"3:17\" height=\"600\">"
        ));
        assert!(tag.contains("&amp;view=whatif&amp;ratio=0.3"));
        let here =
            snippet(Form::Tag, &url.replace("https://example.org", "http://127.0.0.1:8017"), 600);
        assert!(here.contains("src=\"ssim/embed.js\"") && !here.contains("127.0.0.1"), "{here}");
        assert!(!of(View::Curves).contains("ratio"));
        assert!(snippet(Form::Frame, &url, 600).starts_with("<iframe src="));
        assert!(
            snippet(Form::Rustdoc, &url, 600)
                .lines()
                .all(|l| l.starts_with("/// <") || l.starts_with("///   <"))
        );
    }
}
