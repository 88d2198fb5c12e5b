//! A bit of a file that the program has written is flipped, and a command reads the file. The command
//! refuses it, or its results are those of the whole file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(clippy::print_stdout, reason = "the stage tells its figures")]

mod scene;

use scene::{Answer, Probe, Scene};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The next number of a sequence (SplitMix64), so that the same bits are flipped every time.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A bit of one of the files.
struct Flip<'s> {
    probe: &'s Probe,
    file: &'s str,
    bit: u64,
}

/// As many flips as are asked for, spread over the files. Headers and footers are small and decide
/// how the rest is read, so that half of the flips are in the first and last bytes.
fn flips<'s>(scene: &'s Scene, count: usize, mut seed: u64) -> Vec<Flip<'s>> {
    let files: Vec<(&Probe, &String)> =
        scene.probes.iter().flat_map(|probe| probe.files.iter().map(move |f| (probe, f))).collect();
    let mut flips = Vec::with_capacity(count);
    for i in 0..count {
        let (probe, file) = files[i % files.len()];
        let size = fs::metadata(scene.whole().join(file)).unwrap().len();
        let edge = size.min(1024);
        let byte = match draw(&mut seed) % 4 {
            0 => draw(&mut seed) % edge,
            1 => size - 1 - draw(&mut seed) % edge,
            _ => draw(&mut seed) % size,
        };
        flips.push(Flip { probe, file, bit: 8 * byte + draw(&mut seed) % 8 });
    }
    flips
}

/// Flips the bits one after the other. Gives what was wrong, and how many commands ended how.
fn damage(count: usize, seed: u64) -> (Vec<String>, BTreeMap<String, usize>) {
    let scene = Scene::new();
    let flips = flips(&scene, count, seed);
    let found = Mutex::new((Vec::new(), BTreeMap::new()));
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (scene, flips, found, next) = (&scene, &flips, &found, &next);
            scope.spawn(move || {
                while let Some(flip) = flips.get(next.fetch_add(1, Relaxed)) {
                    let (wrong, end) = one(scene, flip, worker);
                    let mut found = found.lock().unwrap();
                    found.0.extend(wrong);
                    *found.1.entry(end).or_insert(0) += 1;
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// One flip: what was wrong, if anything was, and how the command ended.
fn one(scene: &Scene, flip: &Flip, worker: usize) -> (Option<String>, String) {
    let copy = scene.copy(worker);
    let path = copy.join(flip.file);
    let mut bytes = fs::read(&path).unwrap();
    bytes[(flip.bit / 8) as usize] ^= 1 << (flip.bit % 8);
    fs::write(&path, bytes).unwrap();
    let answer = (flip.probe.run)(&copy);
    let place = format!("{} bit {} ({})", flip.file, flip.bit, flip.probe.name);
    match answer {
        Answer::Made(made) if made == flip.probe.whole => (None, "nothing changed".to_owned()),
        Answer::Made(_) => (Some(format!("{place}: other results")), "other results".to_owned()),
        Answer::Refused(code, told) => {
            let errors = told.lines().filter(|line| line.starts_with("error: ")).count();
            let good = [2, 3, 4].contains(&code) && errors == 1 && !told.contains("panicked");
            let wrong = (!good).then(|| format!("{place}: exit {code}: {told}"));
            (wrong, format!("exit {code}"))
        }
        Answer::Hung => (Some(format!("{place}: no end")), "no end".to_owned()),
    }
}

fn check(count: usize, seed: u64) {
    let (wrong, ends) = damage(count, seed);
    println!("{count} flipped bits: {ends:?}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn some_flipped_bits_are_refused_or_change_nothing() {
    check(40, 1);
}

/// `cargo xtask test damage` runs it.
#[test]
#[ignore = "it takes minutes"]
fn flipped_bits_are_refused_or_change_nothing() {
    check(2000, 2);
}

#[cfg(unix)]
#[test]
fn a_model_that_loses_its_end_is_refused() {
    let scene = Scene::new();
    let copy = scene.copy(0);
    for name in ["run/model.safetensors", "run/selector.safetensors", "run.ssim"] {
        let path: &Path = &copy.join(name);
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
        let probe = scene.probes.iter().find(|p| p.files.iter().any(|f| f == name)).unwrap();
        let Answer::Refused(4, told) = (probe.run)(&copy) else { panic!("{name} was read") };
        assert!(told.contains("got"), "{told}");
        fs::write(path, bytes).unwrap();
    }
}
