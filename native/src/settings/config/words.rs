//! Finds the setting that a person means: one with a similar name, or one that other programs call so.

pub use ssim_data::words::{closest, hint};
use toml::Value;

/// Words of other programs for a key, and the key. Both are written with `_`.
const OTHERS: [(&[&str], &str); 9] = [
    (&["learning_rate", "rate", "step_size", "eta"], "lr"),
    (&["epoch", "num_epochs", "n_epochs", "max_epoch", "epochs"], "max_epochs"),
    (&["batch_size", "bs", "train_batch_size"], "batch"),
    (&["weight_decay", "l2_reg", "regularization", "reg"], "l2"),
    (&["embedding_dim", "emb_dim", "embedding_size", "emb_size"], "dim"),
    (&["hidden", "hidden_units", "hidden_sizes", "layers", "dnn_hidden_units"], "mlp"),
    (&["early_stopping", "early_stop"], "patience"),
    (&["dropout_rate", "drop_rate", "drop"], "dropout"),
    (&["share", "share_ratio", "percent"], "ratio"),
];

/// The setting, as `section.key`, that is most likely meant by one that there is not: the same key of
/// another section, a word of other programs, or a similar key of the section.
pub fn meant(section: &str, key: &str) -> Option<String> {
    let mut same = called(key);
    same.sort_by_key(|name| name.split('.').next() != Some(section));
    same.into_iter().next().or_else(|| {
        let defaults = super::defaults().ok()?;
        let key = closest(key, defaults.get(section)?.as_table()?.keys(), 3)?;
        Some(format!("{section}.{key}"))
    })
}

/// The settings, as `section.key`, whose key is this word or a word of other programs for it. Those
/// of `retrain`, which most people mean, come first.
pub fn called(word: &str) -> Vec<String> {
    let word = word.rsplit('.').next().unwrap_or_default().replace('-', "_").to_lowercase();
    let ours = OTHERS.iter().find(|(others, _)| others.contains(&word.as_str()));
    let keys = [Some(word.as_str()), ours.map(|(_, key)| *key)];
    let mut found = Vec::new();
    for (section, content) in super::defaults().unwrap_or_default() {
        let content: Option<&toml::Table> = Value::as_table(&content);
        let known = |key: &&str| content.is_some_and(|keys| keys.contains_key(*key));
        found.extend(
            keys.iter().flatten().filter(|key| known(key)).map(|key| format!("{section}.{key}")),
        );
    }
    found.sort_by_key(|name| !name.starts_with("retrain."));
    found
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn words_of_others_are_settings_here() {
        assert_eq!(called("learning-rate")[0], "retrain.lr");
        assert_eq!(called("batch_size"), ["train.batch"]);
        assert_eq!(called("epochs"), ["retrain.max_epochs", "distil.epochs", "search.epochs"]);
        assert_eq!(called("retrain.batch"), ["train.batch"]);
        assert!(called("colour").is_empty());
    }

    #[test]
    fn every_word_leads_to_a_setting() {
        for (others, _) in super::OTHERS {
            others.iter().for_each(|word| assert!(!called(word).is_empty(), "{word}"));
        }
    }
}
