//! Decides which values of the label are clicks.

use super::profile::{Kind, Profile, shown};
use super::propose::{Unclear, WishFor, Wishes};
use crate::cell_rules::ClickRule;
use ssim_core::spelling::respelled;
use ssim_core::vocabulary::number;

/// Values that say click, where the other value of the column says the opposite.
const CLICKS: [&str; 8] = ["click", "clicked", "positive", "pos", "y", "t", "on", "clk"];

/// The rule for the values of a label, and the reason.
pub(super) fn rule(
    of: &Profile,
    at: &str,
    wishes: &Wishes,
) -> Result<(ClickRule, String), Unclear> {
    let numbers = matches!(of.kind, Kind::Numbers { .. });
    if let Some(least) = wishes.threshold {
        return match numbers {
            true => Ok((ClickRule::From(least), format!("--threshold says {least} or more"))),
            false => WishFor::Threshold.unclear(format!(
                "--threshold: expected numbers as labels, got {} in column \"{}\"",
                of.shares(3),
                shown(of.name)
            )),
        };
    }
    if !wishes.positive.is_empty() {
        let spelled = |text: &str| respelled(text).unwrap_or_else(|| text.to_owned());
        let known = |text: &String| of.values.iter().any(|v| spelled(v.0) == spelled(text));
        return match wishes.positive.iter().find(|text| !known(text)) {
            Some(text) => WishFor::Positive.unclear(format!(
                "--positive: expected a value of column \"{}\", which are {}, got \"{text}\"",
                shown(of.name),
                of.shares(5)
            )),
            None => {
                let how = format!("--positive says {}", wishes.positive.join(", "));
                Ok((
                    ClickRule::Texts(wishes.positive.iter().map(|text| spelled(text)).collect()),
                    how,
                ))
            }
        };
    }
    let known = |text: &str| ClickRule::Known.label(text).is_ok();
    match &of.values[..] {
        [] => Err(Unclear::Log(format!(
            "{at}: expected labels, got empty cells only; choose another column with --label COLUMN"
        ))),
        values if values.iter().all(|(text, _)| known(text)) => {
            Ok((ClickRule::Known, format!("its values are {}", of.shares(3))))
        }
        [(a, _), (b, _)] if numbers => {
            let larger = number(a).into_iter().chain(number(b)).fold(f64::NEG_INFINITY, f64::max);
            Ok((
                ClickRule::From(larger),
                format!("of its numbers {a} and {b}, {larger} is the click"),
            ))
        }
        [(often, n), (seldom, m)] => {
            let says = |text: &str| CLICKS.contains(&text.to_lowercase().as_str());
            let click = match (says(often), says(seldom)) {
                (true, false) => often,
                (false, true) => seldom,
                _ if n > m => seldom,
                _ => {
                    return WishFor::Positive.unclear(format!(
                        "{at}: expected to know which of its values is the click, got {}; say it \
                         with --positive TEXT",
                        of.shares(2)
                    ));
                }
            };
            let how = match says(click) {
                true => format!("of its values {often} and {seldom}, {} says click", shown(click)),
                false => {
                    format!("{} is the rarer one of its values, {}", shown(click), of.shares(2))
                }
            };
            Ok((ClickRule::Texts(vec![(*click).to_owned()]), how))
        }
        values if numbers && values.len() > 1 => WishFor::Threshold.unclear(format!(
            "{at}: expected two values, got {} numbers: {}; say with --threshold N which number \
             is the smallest that counts as a click",
            values.len(),
            of.shares(5)
        )),
        values => WishFor::Positive.unclear(format!(
            "{at}: expected two values, got {}: {}; say with --positive TEXT which of them are \
             clicks",
            values.len(),
            of.shares(5)
        )),
    }
}
