//! The browser's answers about the window and its colours.

use leptos::prelude::*;

/// Width of the window in CSS pixels.
pub fn window_width() -> f64 {
    document().document_element().map_or(1024.0, |root| f64::from(root.client_width()))
}

/// Whether the theme is dark now: the reader's choice, otherwise the system's setting.
pub fn is_dark() -> bool {
    let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => {
            let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
            query.is_some_and(|query| query.matches())
        }
    }
}
