//! A metric of the table, as a value that can be copied and compared.

use super::{Better, METRICS, MetricInfo};

/// A metric of [`METRICS`]. The default is the AUC.
///
/// ```
/// use ssim_core::metric::{Metric, Metrics};
/// let quality = Metrics::new(&[-1.0, 2.0, 0.5], &[0, 1, 0]);
/// for metric in Metric::known(false) {
///     assert!(quality.get(metric).is_some(), "{}", metric.label());
/// }
/// assert_eq!(Metric::find("logloss").map(Metric::is_lower_better), Some(true));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metric(usize);

impl Metric {
    /// Area under the ROC curve.
    pub const AUC: Self = Self(0);
    /// Mean binary cross entropy.
    pub const LOGLOSS: Self = Self(1);
    /// Mean prediction over mean label.
    pub const CALIBRATION: Self = Self(2);
    /// AUC against the true click probabilities.
    pub const TRUE_AUC: Self = Self(3);

    /// All metrics, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..METRICS.len()).map(Self)
    }

    /// The metrics that can be compared, because they improve in one direction.
    pub fn compared() -> impl Iterator<Item = Self> {
        Self::all().filter(|m| m.info().better.is_some())
    }

    /// The metrics that can be compared on data whose true click probabilities are known (`truth`)
    /// or not.
    pub fn known(truth: bool) -> impl Iterator<Item = Self> {
        Self::compared().filter(move |m| truth || !m.needs_truth())
    }

    /// The compared metric with this key.
    pub fn find(name: &str) -> Option<Self> {
        Self::compared().find(|m| m.name() == name)
    }

    /// The line of the table, without the function.
    pub fn info(self) -> &'static MetricInfo {
        &METRICS[self.0]
    }

    /// The position in the table.
    pub fn index(self) -> usize {
        self.0
    }

    /// The key in reports, addresses and options.
    pub fn name(self) -> &'static str {
        self.info().key
    }

    /// A short name for menus and table heads.
    pub fn label(self) -> &'static str {
        self.info().label
    }

    /// Whether smaller values are better, as for a loss.
    pub fn is_lower_better(self) -> bool {
        self.info().better == Some(Better::Lower)
    }

    /// Whether the metric is computed from the true click probabilities.
    pub fn needs_truth(self) -> bool {
        self.info().needs_truth
    }
}

#[cfg(test)]
mod tests {
    use super::super::{auc, calibration, logloss, true_auc};
    use super::*;

    #[test]
    fn constants_are_the_lines_that_they_are_called_after() {
        assert_eq!(Metric::default(), Metric::AUC);
        assert_eq!(*Metric::AUC.info(), auc::ENTRY.0);
        assert_eq!(*Metric::LOGLOSS.info(), logloss::ENTRY.0);
        assert_eq!(*Metric::CALIBRATION.info(), calibration::ENTRY.0);
        assert_eq!(*Metric::TRUE_AUC.info(), true_auc::ENTRY.0);
    }

    #[test]
    fn keys_are_unique_and_menus_offer_what_can_be_compared() {
        for metric in Metric::all() {
            assert_eq!(Metric::all().filter(|m| m.name() == metric.name()).count(), 1);
            let compared = metric.info().better.map(|_| metric);
            assert_eq!(Metric::find(metric.name()), compared);
        }
        let [auc, logloss] = [Metric::AUC, Metric::LOGLOSS];
        assert_eq!(Metric::known(false).collect::<Vec<_>>(), [auc, logloss]);
        assert_eq!(Metric::known(true).collect::<Vec<_>>(), [auc, logloss, Metric::TRUE_AUC]);
    }
}
