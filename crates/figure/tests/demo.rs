//! Tests of the pictures of the demo artifact, which comes with the page.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use ssim_core::artifact::Artifact;
use ssim_figure::{ControlKind, Figures, State, View};
use ssim_viz::{Look, Theme};

const DEMO: &[u8] = include_bytes!("../../../static/demo.ssim");

fn figures() -> Figures {
    Figures::new(Artifact::from_bytes(DEMO).unwrap()).unwrap()
}

fn svg(figures: &Figures, query: &str) -> String {
    figures.draw(&State::parse(query).unwrap(), &Look::default()).unwrap().svg
}

#[test]
fn every_view_is_drawn_the_same_twice_and_differs_by_its_theme() {
    let (one, other) = (figures(), figures());
    assert_eq!(one.views().collect::<Vec<_>>(), View::ALL);
    for view in View::ALL {
        let state = State { view: *view, ..State::default() };
        for width in [240.0, 760.0] {
            let [light, dark] = [Theme::Light, Theme::Dark].map(|theme| {
                let look = Look { width, theme };
                let figure = one.draw(&state, &look).unwrap();
                assert_eq!(figure, other.draw(&state, &look).unwrap());
                assert!(!figure.svg.contains("NaN") && !figure.title.is_empty(), "{view:?}");
                figure.svg
            });
            assert_ne!(light, dark);
            // A document should stay small, so its pictures contain no pixels.
            assert!(
                !light.contains("<image") && light.len() < 120_000,
                "{view:?}: {}",
                light.len()
            );
        }
    }
}

#[test]
fn what_is_chosen_is_drawn() {
    let figures = figures();
    for view in ["map", "shares", "matrix"] {
        let of = |ratio: &str| svg(&figures, &format!("view={view}{ratio}"));
        assert_ne!(of("&ratio=0.2"), of("&ratio=0.6"), "{view}");
        assert_eq!(of(""), of("&ratio=0.7"), "{view}: the run's ratio is the default");
    }
    assert_ne!(svg(&figures, "view=metrics"), svg(&figures, "view=metrics&metric=logloss"));
    assert_ne!(svg(&figures, "view=curves"), svg(&figures, "view=curves&curve=temperature"));
    let all = svg(&figures, "view=shares&ratio=1");
    assert!(all.contains("4,948 of 4,948 · 100.0") && all.contains("180 of 180"));
}

#[test]
fn a_changed_row_is_predicted_and_an_unchanged_one_read() {
    let figures = figures();
    let plain = svg(&figures, "view=whatif&row=3");
    let controls = figures.controls(&State::parse("view=whatif&row=3").unwrap());
    // The first control is the row. Each of the others is the menu of a field, and it has the row's
    // own value.
    assert_eq!((controls.len(), controls[0].key.as_str()), (17, "row"));
    let mut moved = 0;
    for control in &controls[1..] {
        let ControlKind::Options(options) = &control.kind else { panic!("{control:?}") };
        assert!(options.iter().any(|o| o.0 == control.value), "{control:?}");
        let same = svg(&figures, &format!("view=whatif&row=3&{}={}", control.key, control.value));
        assert_eq!(same, plain, "{}", control.key);
        let other = options.iter().find(|o| o.0 != control.value).unwrap();
        let changed = svg(&figures, &format!("view=whatif&row=3&{}={}", control.key, other.0));
        assert!(changed.contains(&format!("{} = ", control.label)) && changed != plain);
        moved += usize::from(changed.contains(", was "));
    }
    assert!(moved > 10, "{moved} fields move a prediction by a tenth of a percent");
}

#[test]
fn what_the_file_has_not_is_named() {
    let figures = figures();
    let error = |query: &str| {
        figures.draw(&State::parse(query).unwrap(), &Look::default()).unwrap_err().to_string()
    };
    assert!(error("view=whatif&row=6000").contains("row 6000: expected a place below 6000"));
    assert!(error("view=whatif&edits=99:0").contains("field 99: expected one with id 0"));
    assert!(error("view=whatif&edits=3:99999").contains("field 3: expected one with id 99999"));
}
