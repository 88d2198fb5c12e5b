//! KuaiRand-1K: short videos of Kuaishou, April and May 2022, <https://kuairand.com>.
//!
//! A row is a video that was shown to a user. The user and the video are joined to it. The scenario
//! is the tab of the app. Rows of five tabs are kept; rows of other tabs are left out. Rows are
//! split at random.
//!
//! The fields only have what is known before the video is shown. Left out are the user's other
//! actions, the time that the user stayed, and the table of statistics, because it counts the days
//! of the log itself. Four numbers of a user (followed users, fans, friends, days since
//! registration) are put into quantiles, because an instance has ids only. A missing user, video or
//! value is an empty value.
//!
//! The published counts add up to 11.6 million rows, about as many as both standard logs of the
//! release have together. This reader only reads the later log, so it finds fewer rows.

use super::intake::{Intake, csv, find, find_all, number, rows};
use super::{Count, Log, Open, categorical};
use crate::error::Result;
use crate::layout::{Buckets, CellRules, FieldKind, FieldSpec, Quirks, SplitRule, TableSchema};
use crate::raw::{Raw, SideTable};
use crate::reading::Reading;
use crate::table::cells::{BadCell, NUMBER};
use crate::table::form::JoinedBy;
use ssim_core::vocabulary;
use std::sync::Arc;

const LOG: &str = "log_standard_4_22_to_5_08_1k.csv";
const USERS: &str = "user_features_1k.csv";
const VIDEOS: &str = "video_features_basic_1k.csv";

const SCENARIO: &str = "tab";
/// The tabs that are kept.
const TABS: [&str; 5] = ["0", "1", "2", "4", "6"];
/// The columns of a user that are kept.
const USER: [&str; 30] = [
    "user_active_degree",
    "is_lowactive_period",
    "is_live_streamer",
    "is_video_author",
    "follow_user_num",
    "follow_user_num_range",
    "fans_user_num",
    "fans_user_num_range",
    "friend_user_num",
    "friend_user_num_range",
    "register_days",
    "register_days_range",
    "onehot_feat0",
    "onehot_feat1",
    "onehot_feat2",
    "onehot_feat3",
    "onehot_feat4",
    "onehot_feat5",
    "onehot_feat6",
    "onehot_feat7",
    "onehot_feat8",
    "onehot_feat9",
    "onehot_feat10",
    "onehot_feat11",
    "onehot_feat12",
    "onehot_feat13",
    "onehot_feat14",
    "onehot_feat15",
    "onehot_feat16",
    "onehot_feat17",
];
/// The columns of a user that are numbers.
const NUMBERS: [&str; 4] = ["follow_user_num", "fans_user_num", "friend_user_num", "register_days"];
/// The columns of a video that are kept.
const VIDEO: [&str; 11] = [
    "author_id",
    "video_type",
    "upload_dt",
    "upload_type",
    "visible_status",
    "video_duration",
    "server_width",
    "server_height",
    "music_id",
    "music_type",
    "tag",
];

/// The log and its preparation.
pub fn log() -> Log {
    let names = ["user_id", "video_id"].into_iter().chain(USER).chain(VIDEO).chain([SCENARIO]);
    let fields = names.map(|name| match NUMBERS.contains(&name) {
        true => FieldSpec {
            name: name.to_owned(),
            kind: FieldKind::Numeric,
            buckets: Some(Buckets::Quantile(20)),
            min_count: 2,
        },
        false => categorical(name, 2),
    });
    Log {
        name: "kuairand",
        files: &[LOG, USERS, VIDEOS],
        layout: TableSchema {
            source: LOG.into(),
            label: "is_click".into(),
            scenario: SCENARIO.into(),
            fields: fields.collect(),
            split: SplitRule::Random { train: 0.8, val: 0.1, test: 0.1 },
            cells: CellRules::default(),
            quirks: Quirks::default(),
        },
        published: &[
            (Count::Scenario(0), 2_407_352),
            (Count::Scenario(1), 7_760_237),
            (Count::Scenario(2), 895_385),
            (Count::Scenario(3), 402_366),
            (Count::Scenario(4), 183_403),
        ],
        read,
    }
}

fn read(open: &mut Open, layout: &TableSchema, reading: Reading) -> Result<Raw> {
    let mut intake = Intake::new(reading.on_error);

    let file = csv(open(USERS)?)?;
    let kept = find_all(&file, USER)?;
    let numbers = find_all(&file, NUMBERS)?;
    let users = intake.side(file, "user_id", SideTable::new(USER.len(), ""), |line| {
        for column in &numbers {
            let text = column.text(line)?;
            if !text.trim().is_empty() && vocabulary::number(text).is_none() {
                return Err(BadCell::new(column.at, &column.name, NUMBER, text));
            }
        }
        kept.iter().map(|c| c.text(line)).collect()
    })?;

    let file = csv(open(VIDEOS)?)?;
    let kept = find_all(&file, VIDEO)?;
    let videos = intake.side(file, "video_id", SideTable::new(VIDEO.len(), ""), |line| {
        kept.iter().map(|c| c.text(line)).collect()
    })?;

    let log = csv(open(LOG)?)?;
    let [_, _, date, tab] = find_all(&log, ["user_id", "video_id", "date", SCENARIO])?;
    find(&log, &layout.label)?;
    let sides = vec![
        JoinedBy { key: "user_id", names: &USER, side: Arc::new(users) },
        JoinedBy { key: "video_id", names: &VIDEO, side: Arc::new(videos) },
    ];
    let (form, mut raw) = intake.log(layout, &log.header, sides, reading)?;
    raw.begin(&log.source, 0);
    rows(&mut raw, &form, log, |line, to| {
        number(&tab, line, 0..1000, "the number of a tab")?;
        if !TABS.contains(&tab.text(line)?) {
            return Ok(());
        }
        number(&date, line, 20_220_422..20_220_509, "a day from 20220422 to 20220508")?;
        form.add(line, to)
    })?;
    raw.non_empty()
}
