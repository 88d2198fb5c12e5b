//! A search may be looked at: the scores are those that it would end with there and then, and it
//! goes on as if nobody had asked.

use crate::fixture;
use ssim_core::instances::Instances;
use ssim_train::collective::Alone;
use ssim_train::search::{Search, Searched};
use ssim_train::select::score;
use ssim_train::setup::Setup;

fn after<'a>(setup: &Setup<'a>, rows: &'a Instances, steps: usize) -> Search<'a> {
    let mut search = Search::new(*setup, rows).unwrap();
    (0..steps).for_each(|_| drop(search.step().unwrap()));
    search
}

#[test]
fn nobody_is_disturbed() {
    let rows = fixture::instances();
    // Rows of which the last batch has seen some fields and others not.
    let few = rows.pick(&[0, 3, 7, 11]);
    fixture::with_setup("dnn", 7, |setup| {
        let mut watched = after(setup, &rows, 3);
        let seen = watched.scores(&few).unwrap();
        let Searched { selector, embedding, .. } = after(setup, &rows, 3).finish().unwrap();
        assert_eq!(seen, score(&selector, &embedding, &few, setup.device, &Alone).unwrap());

        (0..2).for_each(|_| drop(watched.step().unwrap()));
        let (watched, alone) =
            (watched.finish().unwrap(), after(setup, &rows, 5).finish().unwrap());
        assert_eq!(watched.embedding, alone.embedding);
        let [a, b] = [watched, alone].map(|s| s.selector.parameters.values().unwrap());
        assert_eq!(a, b);
    });
}
