//! AliMama: display ads of eight days in 2017, <https://tianchi.aliyun.com/dataset/56>.
//!
//! A row is an ad that was shown to a user. The user's profile and the ad's description are joined
//! to it; a missing value becomes `0`. The scenario is the user's level of shopping, or 0 for users
//! without a profile. The last two days are the test split. Of the earlier days, a tenth of the
//! rows is drawn for validation.
//!
//! The published preparation does two more things. They are only done here if [`AliMamaQuirks`] ask
//! for them.

use super::intake::{Extended, Intake, csv, find, find_all, number, rows};
use super::{Count, Log, Open, categorical};
use crate::error::Result;
use crate::layout::{self, Buckets, CellRules, FieldKind, FieldSpec, SplitRule, TableSchema};
use crate::raw::{Raw, SideTable};
use crate::reading::Reading;
use crate::table::cells::BadCell;
use crate::table::form::JoinedBy;
use ssim_core::vocabulary;
use std::sync::Arc;

const LOG: &str = "raw_sample.csv";
const ADS: &str = "ad_feature.csv";
const USERS: &str = "user_profile.csv";

/// The columns of a profile that are kept.
const PROFILE: [&str; 8] = [
    "cms_segid",
    "cms_group_id",
    "final_gender_code",
    "age_level",
    "pvalue_level",
    "occupation",
    "new_user_class_level",
    SCENARIO,
];
/// The columns of an ad that are kept.
const AD: [&str; 5] = ["cate_id", "campaign_id", "customer", "brand", PRICE];
const SCENARIO: &str = "shopping_level";
const PRICE: &str = "price";
/// The name of the split column. The file does not have it; its value follows from the time.
const SPLIT: &str = "split";

/// The beginning of the log, 2017-05-06 00:00 in China, in seconds since 1970.
const FROM: i64 = 1_494_000_000;
const DAY: i64 = 86_400;
/// The beginning of the test days, 2017-05-12 00:00.
const TEST_FROM: i64 = FROM + 6 * DAY;
/// The end of the log, 2017-05-14 00:00.
const TO: i64 = FROM + 8 * DAY;

/// Differences of the published preparation from ours. The default is no difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AliMamaQuirks {
    /// The published vocabulary has buckets of prices, but the rows have the prices themselves,
    /// which are never found in it. With this set, all rows have the same id for the price.
    pub constant_price: bool,
    /// The published preparation also counts the values of test rows when it decides which values
    /// are frequent. With this set, validation and test rows count, too.
    pub vocabulary_of_all_rows: bool,
}

/// The log and its preparation.
pub fn log(quirks: AliMamaQuirks) -> Log {
    let before_price = ["user_id"].into_iter().chain(PROFILE.into_iter().take(7));
    let before_price = before_price.chain(["adgroup_id"]).chain(AD.into_iter().take(4));
    let mut fields: Vec<FieldSpec> = before_price.map(|name| categorical(name, 2)).collect();
    fields.push(match quirks.constant_price {
        // With this minimum every price is too rare, so all rows get the field's last id.
        true => categorical(PRICE, u32::MAX),
        false => FieldSpec {
            name: PRICE.into(),
            kind: FieldKind::Numeric,
            buckets: Some(Buckets::Log2),
            min_count: 1,
        },
    });
    fields.extend(["pid", SCENARIO].map(|name| categorical(name, 2)));
    Log {
        name: "ali-mama",
        files: &[LOG, ADS, USERS],
        layout: TableSchema {
            source: LOG.into(),
            label: "clk".into(),
            scenario: SCENARIO.into(),
            fields,
            split: SplitRule::HeldOut {
                name: SPLIT.into(),
                train: "train".into(),
                test: "test".into(),
                val: 0.1,
            },
            cells: CellRules::default(),
            quirks: layout::Quirks {
                counts_all_rows: quirks.vocabulary_of_all_rows,
                ..layout::Quirks::default()
            },
        },
        published: &[(Count::All, 26_557_961), (Count::Train, 18_013_720)],
        read,
    }
}

fn read(open: &mut Open, layout: &TableSchema, reading: Reading) -> Result<Raw> {
    let mut intake = Intake::new(reading.on_error);

    let file = csv(open(USERS)?)?;
    let kept = find_all(&file, PROFILE)?;
    let level = find(&file, SCENARIO)?;
    let users = intake.side(file, "userid", SideTable::new(PROFILE.len(), ZERO), |line| {
        let text = known(level.text(line)?);
        if !["0", "1", "2", "3"].contains(&text) {
            return Err(BadCell::new(level.at, SCENARIO, "1, 2, 3 or nothing", text));
        }
        kept.iter().map(|c| c.text(line).map(known)).collect()
    })?;

    let file = csv(open(ADS)?)?;
    let kept = find_all(&file, AD)?;
    let price = find(&file, PRICE)?;
    let ads = intake.side(file, "adgroup_id", SideTable::new(AD.len(), ZERO), |line| {
        let text = known(price.text(line)?);
        if !vocabulary::number(text).is_some_and(|price| price >= 0.0) {
            return Err(BadCell::new(price.at, PRICE, "a number from 0 or nothing", text));
        }
        kept.iter().map(|c| c.text(line).map(known)).collect()
    })?;

    let log = csv(open(LOG)?)?;
    let [user, _, time] = find_all(&log, ["user", "adgroup_id", "time_stamp"])?;
    find_all(&log, ["pid", &layout.label])?;
    let mut header = log.header.clone();
    header[user.at] = "user_id".into();
    header.push(SPLIT.into());
    let sides = vec![
        JoinedBy { key: "user_id", names: &PROFILE, side: Arc::new(users) },
        JoinedBy { key: "adgroup_id", names: &AD, side: Arc::new(ads) },
    ];
    let (form, mut raw) = intake.log(layout, &header, sides, reading)?;
    raw.begin(&log.source, 0);
    rows(&mut raw, &form, log, |line, to| {
        let when = number(&time, line, FROM..TO, "a time from 2017-05-06 to 2017-05-13 (UTC+8)")?;
        let split = if when < TEST_FROM { "train" } else { "test" };
        form.add(&Extended { line, more: &[split] }, to)
    })?;
    raw.non_empty()
}

/// The value of a missing cell, and of all cells of a missing profile or ad.
const ZERO: &str = "0";

/// The text of a cell, or [`ZERO`] for the words with which the files mark a missing value.
fn known(text: &str) -> &str {
    match text.trim() {
        "" | "NULL" | "null" | "NaN" | "nan" => ZERO,
        text => text,
    }
}
