//! The contents of the file: its fields, the CTR model and the selector.

use super::text::widths;
use crate::protocol::{FieldLine, ModelSize, Overview, SelectorSize};
use leptos::prelude::*;
use ssim_viz::count;
use std::sync::Arc;

#[component]
pub fn Networks(overview: Arc<Overview>) -> impl IntoView {
    let buckets = overview.fields.iter().any(|f| !f.buckets.is_empty());
    let fields = overview.fields.iter();
    let fields = fields.map(|f| view! { <Field field=f.clone() buckets /> }).collect_view();
    let selector = match &overview.selector {
        Some(selector) => view! { <Selector size=selector.clone() /> }.into_any(),
        None => view! { <p class="muted">"This run had none."</p> }.into_any(),
    };
    view! {
        <section aria-labelledby="inside">
            <h2 id="inside">"Inside the file"</h2>
            <div class="beside">
                <div class="card">
                    <h3 id="fields">"Fields"</h3>
                    <div class="scroll" tabindex="0" role="region" aria-label="Fields, scrollable">
                        <table aria-labelledby="fields">
                            <thead>
                                <tr>
                                    <th scope="col">"field"</th>
                                    <th scope="col">"values"</th>
                                    {buckets.then(|| view! { <th scope="col">"buckets"</th> })}
                                </tr>
                            </thead>
                            <tbody>{fields}</tbody>
                        </table>
                    </div>
                    <p class="muted note">
                        "Values seen in training; all others share one more id per field."
                    </p>
                </div>
                <div class="card">
                    <h3>"CTR model"</h3>
                    <Model size=overview.model.clone() />
                    <h3>"Selection network"</h3>
                    {selector}
                </div>
            </div>
        </section>
    }
}

#[component]
fn Field(field: FieldLine, buckets: bool) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{field.name}</th>
            <td>{count(field.values as u64)}</td>
            {buckets.then(|| view! { <td>{field.buckets}</td> })}
        </tr>
    }
}

#[component]
fn Model(size: ModelSize) -> impl IntoView {
    let table = format!("{} × {}", count(size.features as u64), size.dim);
    view! {
        <dl>
            <dt>"backbone"</dt>
            <dd>{size.backbone}</dd>
            <dt>"embedding table"</dt>
            <dd>{table}</dd>
            <dt>"embedded row"</dt>
            <dd>{count(size.width as u64)}</dd>
            <dt>"towers"</dt>
            <dd>{size.towers}</dd>
            <dt>"hidden layers"</dt>
            <dd>{widths(&size.mlp)}</dd>
            <dt>"other parameters"</dt>
            <dd>{count(size.parameters as u64)}</dd>
        </dl>
    }
}

#[component]
fn Selector(size: SelectorSize) -> impl IntoView {
    view! {
        <dl>
            <dt>"hidden layers"</dt>
            <dd>{widths(&size.mlp)}</dd>
            <dt>"heads"</dt>
            <dd>{size.heads}</dd>
            <dt>"parameters"</dt>
            <dd>{count(size.parameters as u64)}</dd>
        </dl>
    }
}
