use candle_core::Device;
use proptest::prelude::*;
use ssim_core::artifact::record::Record;
use ssim_core::artifact::{Artifact, Parts, Projection, Snapshot, Storage, Variant};
use ssim_core::backbone::{BackboneConfig, REGISTRY};
use ssim_core::embedding::Embedding;
use ssim_core::instances::{Instances, Planted};
use ssim_core::look::inspect::{Inspection, Order};
use ssim_core::mask::Pool;
use ssim_core::metric::cross_entropy;
use ssim_core::model::Model;
use ssim_core::parameters::Parameters;
use ssim_core::schema::Schema;
use ssim_core::selector::{Scorer, Selector, SelectorConfig};
use ssim_core::vocabulary::{Field, Transform, Vocabulary};

fn schema() -> Schema {
    let field = |name: &str, values: &[&str]| Field {
        name: name.into(),
        transform: Transform::None,
        vocabulary: Vocabulary::new(values.iter().map(|v| (*v).to_owned()).collect()),
    };
    Schema {
        dataset: "toy".into(),
        fields: vec![field("user", &["ann", "bob"]), field("item", &["x"])],
        scenarios: vec!["home".into(), "cart".into()],
    }
}

fn sample() -> Instances {
    Instances {
        fields: 2,
        sizes: schema().sizes(),
        ids: vec![0, 3, 1, 4, 2, 3],
        labels: vec![0, 1, 0],
        scenarios: vec![0, 1, 1],
        rows: vec![10, 11, 15],
        planted: Some(Planted {
            shared: vec![true, false, true],
            probability: vec![0.1, 0.2, 0.3],
        }),
    }
}

fn artifact() -> Artifact {
    with(Storage::Single, &[], &[], &[])
}

fn variant(method: &str, seed: u64) -> (Variant, Model) {
    let model = Model::seeded(backbone(), schema().features(), 3, seed, &Device::Cpu).unwrap();
    let variant = Variant { method: method.into(), ratio: 0.25, seed, model: model.config.clone() };
    (variant, model)
}

fn backbone() -> BackboneConfig {
    let backbone = "dnn".into();
    BackboneConfig { backbone, width: 6, dim: 3, mlp: vec![5, 4], towers: 2, ..Default::default() }
}

fn with(
    storage: Storage,
    variants: &[(Variant, Model)],
    projections: &[Projection],
    moments: &[(Snapshot, Vec<f32>)],
) -> Artifact {
    let (schema, sample) = (schema(), sample());
    let model = Model::seeded(backbone(), schema.features(), 3, 1, &Device::Cpu).unwrap();
    let config = SelectorConfig { width: 6, mlp: vec![4], heads: 2 };
    let selector = Selector::seeded(config, 1, &Device::Cpu).unwrap();
    let table = Embedding::seeded(schema.features(), 3, 2);
    let scorer = Scorer { selector, table };
    Artifact::new(Parts {
        writer: "test",
        schema: &schema,
        model: &model,
        scorer: Some(&scorer),
        variants,
        sample: &sample,
        projections,
        moments,
        report: Record::default(),
        storage,
    })
    .unwrap()
}

#[test]
fn what_is_read_predicts_what_was_written() {
    let bytes = artifact().to_bytes().unwrap();
    assert_eq!(bytes, artifact().to_bytes().unwrap(), "the same parts give the same bytes");
    let read = Artifact::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes().unwrap(), bytes);
    assert_eq!(read.sample().unwrap(), sample());
    let model = read.model(&Device::Cpu).unwrap();
    let logits = model.predict_all(&sample(), &[0, 1, 2]).unwrap();
    assert_eq!(logits, read.golden_logits().unwrap());
    // The prediction for a row is the logit of its scenario's tower.
    let own = model.predict(&sample(), &[0, 1, 2]).unwrap();
    assert_eq!(own, [logits[0], logits[3], logits[5]]);
    let scorer = read.scorer(&Device::Cpu).unwrap().unwrap();
    let scores = scorer.score(&sample(), &[0, 1, 2], &Device::Cpu).unwrap();
    assert_eq!(scores, read.golden_scores().unwrap());
}

#[test]
fn half_precision_has_golden_values_of_its_own() {
    let bytes = with(Storage::Half, &[variant("mt", 7)], &[], &[]).to_bytes().unwrap();
    assert!(
        bytes.len()
            < with(Storage::Single, &[variant("mt", 7)], &[], &[]).to_bytes().unwrap().len()
    );
    let read = Artifact::from_bytes(&bytes).unwrap();
    let model = read.model(&Device::Cpu).unwrap();
    assert_eq!(model.predict_all(&sample(), &[0, 1, 2]).unwrap(), read.golden_logits().unwrap());
    let full = artifact().golden_logits().unwrap();
    let differences = full.iter().zip(read.golden_logits().unwrap()).map(|(a, b)| (a - b).abs());
    let most = differences.fold(0.0, f32::max);
    assert!(most > 0.0 && most < 1e-3, "{most}");
    let other = read.variant(0, &Device::Cpu).unwrap();
    assert_eq!(other.predict(&sample(), &[0, 1, 2]).unwrap(), read.golden_variant(0).unwrap());
    assert!(read.variant(1, &Device::Cpu).is_err());
}

#[test]
fn an_inspection_names_what_is_known_of_every_row() {
    let at = vec![0.5, -0.5, f32::NAN, f32::NAN, 1.0, 2.0];
    let pca = Projection { name: "pca".into(), trustworthiness: 0.75, at };
    let artifact = with(Storage::Single, &[variant("mt", 7), variant("ssim", 8)], &[pca], &[]);
    assert_eq!(artifact.projections().unwrap()[0].trustworthiness, 0.75);
    let seen = Inspection::new(&artifact, &Device::Cpu).unwrap();
    let columns = seen.columns(&artifact).unwrap();
    let column = |name: &str| &columns.iter().find(|c| c.0 == name).unwrap().1;
    assert_eq!(column("scenario"), &[1.0, 2.0, 2.0]);
    assert_eq!(column("planted"), &[1.0, 0.0, 1.0]);
    assert_eq!(column("pca.y")[2], 2.0);
    assert!(column("pca.x")[1].is_nan());

    // A tower's change of loss is measured against a tower that was trained without sharing.
    let (_, alone) = variant("mt", 7);
    let alone = alone.predict_all(&sample(), &[0, 1, 2]).unwrap();
    let labels = sample().labels;
    for (k, name) in [(0, "change.1"), (1, "change.2")] {
        for i in 0..3 {
            let loss = |z: f32| cross_entropy(z, labels[i]);
            let expected = loss(seen.logits[2 * i + k]) - loss(alone[2 * i + k]);
            assert!((f64::from(column(name)[i]) - expected).abs() < 1e-6, "{name} {i}");
        }
    }
    assert_eq!(seen.variants.len(), 2);
    let planted = seen.orders().ranking(Order::Planted, Pool::Global).unwrap();
    assert_eq!(planted.cut(0.67).unwrap(), [true, false, true]);
}

#[test]
fn moments_of_the_search_are_columns() {
    let moment = |step| Snapshot { step, temperature: 10.0, cut: -0.004 };
    let moments = [(moment(1), vec![0.5, -0.25, 0.0]), (moment(9), vec![1.0, -1.0, 0.125])];
    let bytes = with(Storage::Half, &[], &[], &moments).to_bytes().unwrap();
    let mut artifact = Artifact::from_bytes(&bytes).unwrap();
    assert_eq!(artifact.header.moments, [moment(1), moment(9)]);
    let seen = Inspection::new(&artifact, &Device::Cpu).unwrap();
    let columns = seen.columns(&artifact).unwrap();
    let last = columns.last().unwrap();
    assert_eq!((last.0.as_str(), &last.1), ("moment.2", &moments[1].1));
    artifact.header.moments.push(moment(12));
    assert!(artifact.moment(2).is_err());
}

#[test]
fn another_version_is_named() {
    let mut artifact = artifact();
    artifact.header.version = 7;
    let error = Artifact::from_bytes(&artifact.to_bytes().unwrap()).err().unwrap();
    assert_eq!(error.to_string(), "artifact version 7: this program reads version 2");
}

#[test]
fn ids_out_of_range_are_refused() {
    let mut artifact = artifact();
    artifact.header.schema.fields[1].vocabulary = Vocabulary::default();
    let error = Artifact::from_bytes(&artifact.to_bytes().unwrap()).err().unwrap();
    assert!(error.to_string().contains("field \"item\""), "{error}");
}

#[test]
fn a_hostile_size_is_refused_before_anything_is_made() {
    let mut artifact = artifact();
    artifact.header.sample = usize::MAX;
    assert!(Artifact::from_bytes(&artifact.to_bytes().unwrap()).is_err());
    let mut artifact = self::artifact();
    artifact.header.model.mlp = vec![1 << 40, 1 << 40];
    let read = Artifact::from_bytes(&artifact.to_bytes().unwrap()).unwrap();
    assert!(read.model(&Device::Cpu).is_err());
    let mut artifact = self::artifact();
    artifact.header.model.towers = 1 << 50;
    let read = Artifact::from_bytes(&artifact.to_bytes().unwrap());
    let error = read.and_then(|r| r.model(&Device::Cpu).map(|_| ())).unwrap_err();
    assert!(error.to_string().starts_with("outputs: expected 1 or one for each of"), "{error}");
}

#[test]
fn hostile_sizes_of_any_backbone_are_refused() {
    for (name, _) in REGISTRY {
        let seeded = BackboneConfig { backbone: (*name).into(), ..backbone() };
        let seeded = BackboneConfig { scenario_field: Some(1), ..seeded };
        let table = Embedding::seeded(schema().features(), 3, 2);
        let parameters = Parameters::seeded(1);
        let build = ssim_core::backbone::find(name).unwrap();
        let model = Model::new(build, seeded.clone(), table, parameters, &Device::Cpu).unwrap();
        let values = model.parameters.values().unwrap();
        let read = |change: &dyn Fn(&mut BackboneConfig)| {
            let mut config = seeded.clone();
            change(&mut config);
            let table = Embedding::seeded(schema().features(), 3, 2);
            Model::from_values(config, table, values.clone(), &Device::Cpu).map(|_| ())
        };
        read(&|_| {}).unwrap();
        const MUCH: usize = 3 << 60;
        assert!(read(&|c| c.towers = MUCH).is_err(), "{name}");
        assert!(read(&|c| c.width = MUCH).is_err(), "{name}");
        let everything = |c: &mut BackboneConfig| {
            (c.mlp, c.cross, c.scenario_field) = (vec![MUCH], MUCH, Some(MUCH));
            (c.star.mlp, c.star.aux, c.dffm.layers) = (vec![MUCH], MUCH, MUCH);
            (c.hmoe.share, c.hmoe.experts, c.hmoe.expert) = (vec![MUCH], MUCH, MUCH);
            (c.mmoe.experts, c.ple.experts, c.pepnet.gate) = (MUCH, MUCH, MUCH);
        };
        assert!(read(&everything).is_err(), "{name}");
    }
}

/// Reads and uses all parts that can be read. Errors are fine; a panic fails the test.
fn use_all(bytes: &[u8]) {
    let Ok(artifact) = Artifact::from_bytes(bytes) else { return };
    let Ok(sample) = artifact.sample() else { return };
    let rows: Vec<u32> = (0..sample.len() as u32).collect();
    if let Ok(model) = artifact.model(&Device::Cpu) {
        let _ = model.predict_all(&sample, &rows);
        let _ = model.predict(&sample, &rows);
    }
    if let Ok(Some(scorer)) = artifact.scorer(&Device::Cpu) {
        let _ = scorer.score(&sample, &rows, &Device::Cpu);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn truncated_files_are_an_error(keep in 0f64..1.0) {
        let bytes = artifact().to_bytes().unwrap();
        let keep = (keep * bytes.len() as f64) as usize;
        prop_assert!(Artifact::from_bytes(&bytes[..keep]).is_err());
    }

    #[test]
    fn broken_bytes_never_panic(at in prop::collection::vec((0f64..0.6, any::<u8>()), 1..8)) {
        let mut bytes = artifact().to_bytes().unwrap();
        for (place, value) in at {
            let i = (place * bytes.len() as f64) as usize;
            bytes[i] = value;
        }
        use_all(&bytes);
    }

    #[test]
    fn numbers_in_the_header_never_panic(which in 0usize..40, digit in 0u8..10) {
        let mut bytes = artifact().to_bytes().unwrap();
        let digits: Vec<usize> = (8..bytes.len() / 2).filter(|i| bytes[*i].is_ascii_digit()).collect();
        bytes[digits[which * digits.len() / 40]] = b'0' + digit;
        use_all(&bytes);
    }
}
