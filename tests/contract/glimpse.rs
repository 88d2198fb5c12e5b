//! A search can be asked for scores while it runs. They are the scores of a search that ends at
//! this step, and asking does not change how the search goes on.

use crate::fixture;
use ssim_core::instances::Instances;
use ssim_train::phase::Phase;
use ssim_train::search::Search;
use ssim_train::select::score;
use ssim_train::setup::Setup;

fn after<'a>(setup: &Setup<'a>, rows: &'a Instances, steps: usize) -> Search<'a> {
    let mut search = Search::new(*setup, rows).unwrap();
    (0..steps).for_each(|_| drop(search.step().unwrap()));
    search
}

#[test]
fn asking_for_scores_changes_nothing() {
    let rows = fixture::instances();
    // The last batch has trained some of the ids in these rows and not others.
    let few = rows.pick(&[0, 3, 7, 11]);
    fixture::with_setup("dnn", 7, |setup| {
        let mut watched = after(setup, &rows, 3);
        let seen = watched.scores(&few).unwrap();
        let found = after(setup, &rows, 3).finish().unwrap();
        assert_eq!(seen, score(setup, &found.scorer, &few).unwrap());

        (0..2).for_each(|_| drop(watched.step().unwrap()));
        let (watched, alone) =
            (watched.finish().unwrap(), after(setup, &rows, 5).finish().unwrap());
        assert_eq!(watched.scorer.table, alone.scorer.table);
        let [a, b] = [watched, alone].map(|s| s.scorer.selector.parameters.values().unwrap());
        assert_eq!(a, b);
    });
}
