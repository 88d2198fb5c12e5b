//! Reads the numbers that `dump.py` has written, and compares the program's numbers with them.

use safetensors::SafeTensors;

macro_rules! files {
    ($($(#[$doc:meta])* $name:ident => $file:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> Dump {
            Dump(SafeTensors::deserialize(include_bytes!($file)).unwrap())
        }
    )*};
}
files! {
    /// Instances, settings and initial values.
    data => "data.safetensors";
    /// Single steps at the initial values.
    steps => "steps.safetensors";
    /// Ten steps of each phase.
    runs => "runs.safetensors";
    /// Single steps and ten steps, with a mean per tower in place of one mean over the batch.
    scenario => "scenario.safetensors";
    /// All backbones but DNN: initial values of their towers, single steps, and a few steps.
    deepfm => "deepfm.safetensors";
    dcn => "dcn.safetensors";
    star => "star.safetensors";
    star_published => "star-published.safetensors";
    hmoe => "hmoe.safetensors";
    dffm => "dffm.safetensors";
    shared_bottom => "shared-bottom.safetensors";
    mmoe => "mmoe.safetensors";
    ple => "ple.safetensors";
    pepnet => "pepnet.safetensors";
    /// Dense Adam on a toy table.
    adam => "adam.safetensors";
}

/// One file of named arrays.
pub struct Dump(SafeTensors<'static>);

impl Dump {
    fn read<const N: usize, T>(&self, name: &str, from: fn([u8; N]) -> T) -> Vec<T> {
        let view = self.0.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(view.dtype().bitsize(), 8 * N, "{name}");
        view.data().chunks_exact(N).map(|bytes| from(bytes.try_into().unwrap())).collect()
    }

    pub fn f64(&self, name: &str) -> Vec<f64> {
        self.read(name, f64::from_le_bytes)
    }

    pub fn u32(&self, name: &str) -> Vec<u32> {
        self.read(name, u32::from_le_bytes)
    }

    pub fn u8(&self, name: &str) -> Vec<u8> {
        self.read(name, u8::from_le_bytes)
    }

    /// The only value of an array.
    pub fn number(&self, name: &str) -> f64 {
        self.f64(name)[0]
    }

    /// The values of an array in the 32 bits that the program computes with.
    pub fn f32(&self, name: &str) -> Vec<f32> {
        self.f64(name).into_iter().map(|x| x as f32).collect()
    }

    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.0.tensor(name).unwrap().shape().to_vec()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.tensor(name).is_ok()
    }

    /// The names that begin with `prefix`, without it and sorted.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let names = self.0.names();
        let mut rest: Vec<String> =
            names.iter().filter_map(|n| n.strip_prefix(prefix)).map(str::to_owned).collect();
        rest.sort();
        rest
    }
}

/// The largest error that is allowed: `absolute`, plus `relative` times the expected number.
#[derive(Clone, Copy)]
pub struct Within {
    pub absolute: f64,
    pub relative: f64,
}

impl Within {
    pub fn check(self, what: &str, got: &[f32], expected: &[f64]) {
        assert_eq!(got.len(), expected.len(), "{what}: number of values");
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            let off = (f64::from(*got) - expected).abs();
            assert!(
                off <= self.absolute + self.relative * expected.abs(),
                "{what}[{i}]: expected {expected}, got {got}, off by {off:.1e}"
            );
        }
    }
}
