//! Several ranks train the model that one process trains. Each rank computes its part of every
//! batch, and all ranks hold the same weights.

use crate::fixture::{self, SCENARIOS, close};
use ssim_core::backbone;
use ssim_core::embedding::Embedding;
use ssim_core::parameters::Values;
use ssim_core::selector::Scorer;
use ssim_train::config::EmbeddingOptimizer;
use ssim_train::distil::Distil;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::ranks::table_shard::TableShard;
use ssim_train::ranks::{Alone, Collective};
use ssim_train::recipe::ScenarioOrder;
use ssim_train::retrain::Retrain;
use ssim_train::search::Search;
use ssim_train::select::{score, select};
use ssim_train::setup::Setup;
use ssim_train::step::trainer::Rates;
use ssim_train::swap::agreement;
use ssim_train::{Error, Result};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A rank that runs in a thread and talks to the others through channels.
struct Thread {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Mutex<Vec<Receiver<Vec<u8>>>>,
}

impl Collective for Thread {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.exchange(vec![own.to_vec(); self.size()])
    }

    fn exchange(&self, messages: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        // A rank that has failed has dropped its ends of the channels.
        let gone = |rank| Error::Ranks(format!("rank {rank} is gone"));
        for (rank, (to, message)) in self.to.iter().zip(messages).enumerate() {
            to.send(message).map_err(|_| gone(rank))?;
        }
        let from = self.from.lock().unwrap();
        from.iter().enumerate().map(|(rank, from)| from.recv().map_err(|_| gone(rank))).collect()
    }

    fn sum(&self, values: &mut [f32]) -> Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        values.fill(0.0);
        for other in self.gather(&bytes)? {
            let other = other.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x));
            values.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
        }
        Ok(())
    }
}

/// Runs `work` on `n` ranks at a time, and gives back each rank's result.
fn together<R: Send>(n: usize, work: impl Fn(&dyn Collective) -> R + Sync) -> Vec<R> {
    let mut ends: Vec<_> = (0..n).map(|_| (Vec::new(), Vec::new())).collect();
    for a in 0..n {
        for b in 0..n {
            let (to, from) = channel();
            ends[a].0.push(to);
            ends[b].1.push(from);
        }
    }
    thread::scope(|scope| {
        let work = &work;
        let threads = ends.into_iter().enumerate().map(|(rank, (to, from))| {
            scope.spawn(move || work(&Thread { rank, to, from: Mutex::new(from) }))
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// All weights after a search (or after teaching and distilling) and after a retraining on its
/// list, in one row.
fn weights(setup: &Setup, taught: bool) -> Vec<f32> {
    let rows = fixture::instances();
    let searched = if taught {
        let none = vec![false; rows.len()];
        let mut teacher = Retrain::new(*setup, 1, &rows, &rows, none).unwrap();
        while teacher.step().unwrap() != Event::Done {}
        let teacher = teacher.finish().unwrap();
        let verdict = agreement(setup, &teacher, &rows, None).unwrap();
        let mut distil = Distil::new(*setup, &rows, teacher, verdict).unwrap();
        while distil.step().unwrap() != Event::Done {}
        distil.finish().unwrap()
    } else {
        let mut search = Search::new(*setup, &rows).unwrap();
        while search.step().unwrap() != Event::Done {}
        search.finish().unwrap()
    };
    let Scorer { selector, table } = &searched.scorer;
    let scores = score(setup, &searched.scorer, &rows).unwrap();
    let list = select(setup, &scores, &rows).unwrap();
    let mut retrain = Retrain::new(*setup, SCENARIOS, &rows, &rows, list).unwrap();
    while retrain.step().unwrap() != Event::Done {}
    let model = retrain.finish().unwrap();
    let flat = |values: Values| values.into_values().flat_map(|(_, values)| values);
    let parts = [selector.parameters.values(), model.parameters.values()];
    let dense = parts.into_iter().flat_map(|values| flat(values.unwrap()));
    let tables = [table.values(), model.embedding.values()].concat();
    dense.chain(tables).collect()
}

/// The weights after fifty steps of search, or of teaching and distilling, and fifty of retraining.
fn fifty_steps(backbone: &str, taught: bool, ranks: &dyn Collective) -> Vec<f32> {
    fixture::with_setup(backbone, 7, |setup| {
        let mut config = setup.config.clone();
        (config.search.epochs, config.distil.epochs) = (17, 17);
        config.train.eval_batch = 7;
        (config.retrain.max_epochs, config.retrain.patience) = (17, 17);
        weights(&Setup { config: &config, ranks, max_steps: Some(50), ..*setup }, taught)
    })
}

#[test]
fn ranks_train_what_one_process_trains() {
    for name in backbone::names() {
        let alone = fifty_steps(name, false, &Alone);
        // A batch has 8 rows, so the parts of 3 ranks are not equal.
        for n in [2, 3] {
            let ranks = together(n, |ranks| fifty_steps(name, false, ranks));
            assert!(ranks.iter().all(|rank| *rank == ranks[0]), "{name}: {n} ranks differ");
            close(&format!("{name}, {n} ranks"), &ranks[0], &alone, 1e-5);
        }
    }
}

#[test]
fn a_teacher_and_what_it_teaches() {
    let alone = fifty_steps("dnn", true, &Alone);
    let ranks = together(2, |ranks| fifty_steps("dnn", true, ranks));
    assert_eq!(ranks[0], ranks[1]);
    close("ranks", &ranks[0], &alone, 1e-5);
}

#[test]
fn rows_that_come_several_times() {
    let train = |ranks: &dyn Collective| {
        fixture::with_setup("dnn", 7, |setup| {
            let mut config = setup.config.clone();
            config.train.scenario_power = 0.0;
            weights(&Setup { config: &config, ranks, ..*setup }, false)
        })
    };
    let ranks = together(3, train);
    assert!(ranks.iter().all(|rank| *rank == ranks[0]));
    close("three ranks", &ranks[0], &train(&Alone), 1e-5);
}

#[test]
fn outer_steps() {
    let train = |ranks: &dyn Collective| {
        // Not star: a batch of one scenario says nothing about the scenario's embedding after star has
        // normalised it, and Adam makes steps of the rounding.
        fixture::with_setup("dnn", 7, |setup| {
            let rows = fixture::instances();
            let setup = Setup { ranks, ..*setup };
            let phase = Retrain::new(setup, 1, &rows, &rows, vec![false; rows.len()]).unwrap();
            let mut phase = phase.ordered(ScenarioOrder::Negotiation, 0);
            while phase.step().unwrap() != Event::Done {}
            phase.finish().unwrap().embedding.values().to_vec()
        })
    };
    let ranks = together(3, train);
    assert!(ranks.iter().all(|rank| *rank == ranks[0]));
    close("three ranks", &ranks[0], &train(&Alone), 1e-5);
}

#[test]
fn more_ranks_than_rows_of_a_batch() {
    let alone = fifty_steps("star", false, &Alone);
    let ranks = together(9, |ranks| fifty_steps("star", false, ranks));
    assert!(ranks.iter().all(|rank| *rank == ranks[0]));
    close("nine ranks", &ranks[0], &alone, 1e-5);
}

#[test]
fn every_row_is_predicted() {
    fixture::with_setup("dnn", 7, |setup| {
        let rows = fixture::instances();
        // 3 ranks have 3, 3 and 4 of 10 rows.
        let val = rows.pick(&(0..10).collect::<Vec<_>>());
        let predicted = |ranks: &dyn Collective| {
            let setup = Setup { ranks, ..*setup };
            let rates = Rates { lr: 0.01, l2: 0.0 };
            setup.trainer(SCENARIOS, rates).unwrap().predict(&val, 3).unwrap()
        };
        let alone = predicted(&Alone);
        assert!(together(3, predicted).iter().all(|ranks| *ranks == alone));
    });
}

#[test]
fn every_rank_keeps_its_part_of_the_table() {
    for ids in [0, 1, 2, 3, 10, 200_000] {
        let table = Embedding::seeded(ids, 3, 7);
        let found = together(3, |ranks| {
            let shard = TableShard::new(ranks, ids);
            let own = shard.part_of(&table).unwrap();
            assert_eq!(own, Embedding::seeded_rows(ids, 3, 7, |id| shard.keeps(id)));
            (own.rows(), shard.whole(own).unwrap())
        });
        assert_eq!(found.iter().map(|(rows, _)| rows).sum::<usize>(), ids);
        assert!(found.iter().all(|(rows, whole)| *rows <= ids.div_ceil(3) && *whole == table));
    }
}

/// A training that is stopped after so many steps: its checkpoint, and values to compare.
type Train = fn(Setup, &[u8], u64) -> (Vec<u8>, Vec<f32>);

/// Starts a retraining, or resumes it from `resumed`, and stops after `until` steps. Gives back its
/// checkpoint and the values of the table.
fn retrained(setup: Setup, resumed: &[u8], until: u64) -> (Vec<u8>, Vec<f32>) {
    let rows = fixture::instances();
    let list = (0..rows.len()).map(|row| row % 3 == 0).collect();
    let mut retrain = Retrain::new(setup, SCENARIOS, &rows, &rows, list).unwrap();
    if !resumed.is_empty() {
        retrain.resume(&resumed).unwrap();
    }
    while retrain.steps() < until && retrain.step().unwrap() != Event::Done {}
    let mut bytes = Vec::new();
    retrain.save(&mut bytes).unwrap();
    (bytes, retrain.finish().unwrap().embedding.values().to_vec())
}

/// Starts or resumes a search like [`retrained`]. Gives back its checkpoint and the scores of some
/// rows.
fn searched(setup: Setup, resumed: &[u8], until: u64) -> (Vec<u8>, Vec<f32>) {
    let rows = fixture::instances();
    let mut search = Search::new(setup, &rows).unwrap();
    if !resumed.is_empty() {
        search.resume(&resumed).unwrap();
    }
    while search.steps() < until && search.step().unwrap() != Event::Done {}
    let mut bytes = Vec::new();
    search.save(&mut bytes).unwrap();
    (bytes, search.scores(&rows.pick(&[0, 3, 7, 11])).unwrap())
}

#[test]
fn another_number_of_ranks_goes_on() {
    fixture::with_setup("dnn", 7, |setup| {
        let mut config = setup.config.clone();
        (config.search.epochs, config.retrain.max_epochs, config.retrain.patience) = (9, 9, 9);
        use EmbeddingOptimizer::{Adam, LazyAdam, RowwiseAdagrad};
        let cases = [Adam, LazyAdam, RowwiseAdagrad].into_iter();
        for (kind, train) in cases.flat_map(|kind| [(kind, retrained as Train), (kind, searched)]) {
            config.train.embedding_optimizer = kind;
            let alone = Setup { config: &config, ..*setup };
            let (_, whole) = train(alone, &[], u64::MAX);
            // Step 11 is in the middle of a later epoch.
            let files = together(3, |ranks| train(Setup { ranks, ..alone }, &[], 11).0);
            assert!(files.iter().all(|file| *file == files[0]));
            close("one process", &train(alone, &files[0], u64::MAX).1, &whole, 1e-5);
            let two = together(2, |ranks| train(Setup { ranks, ..alone }, &files[0], u64::MAX).1);
            close("two ranks", &two[1], &whole, 1e-5);
        }
    });
}

#[test]
fn a_rank_that_has_gone_is_reported() {
    let told = together(2, |ranks| match ranks.rank() {
        0 => None,
        _ => Some(
            ranks.gather(b"here").and_then(|_| ranks.gather(b"still")).unwrap_err().to_string(),
        ),
    });
    assert_eq!(told[1].as_deref(), Some("rank 0 is gone"));
}
