//! Tests of KuaiRand-1K.

use super::{Files, Row, any_log, check, message, prepare};
use proptest::prelude::*;
use ssim_data::OnError;
use ssim_data::published::kuairand;
use std::collections::BTreeMap;

const LOG: &str = "log_standard_4_22_to_5_08_1k.csv";
const LOG_HEADER: &str = "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,is_rand,tab";
const USER_HEADER: &str = "user_id,user_active_degree,is_lowactive_period,is_live_streamer,is_video_author,follow_user_num,follow_user_num_range,fans_user_num,fans_user_num_range,friend_user_num,friend_user_num_range,register_days,register_days_range,onehot_feat0,onehot_feat1,onehot_feat2,onehot_feat3,onehot_feat4,onehot_feat5,onehot_feat6,onehot_feat7,onehot_feat8,onehot_feat9,onehot_feat10,onehot_feat11,onehot_feat12,onehot_feat13,onehot_feat14,onehot_feat15,onehot_feat16,onehot_feat17";
const VIDEO_HEADER: &str = "video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,server_width,server_height,music_id,music_type,tag";

/// The line of a user. One value of user 2 is missing.
fn user(u: usize) -> String {
    let four = if u == 2 { String::new() } else { format!("{u}.0") };
    format!(
        "{u},full_active,0,0,1,{},\"(10,50]\",{},0,{},0,{},31-60,1,2,3,4,{four},5,6,7,8,9,10,11,0,0,0,0,0,0",
        10 + u,
        20 * u,
        u % 2,
        300 - u
    )
}

/// The line of a video. Some videos have two tags.
fn video(v: usize) -> String {
    let tag = if v.is_multiple_of(2) { format!("\"{v},12\"") } else { v.to_string() };
    format!("{v},{},NORMAL,2022-04-21,ShortImport,1.0,{}000.0,720,1280,77,9.0,{tag}", v / 2, v + 5)
}

/// User, video, click and tab of each row. Tab 3 is not kept; user 3 and video 7 are not described.
fn rows() -> Vec<[usize; 4]> {
    (0..120)
        .map(|i| [i % 4, i * i % 8, usize::from(i % 4 < 2), [0, 1, 2, 4, 6, 3][i % 6]])
        .collect()
}

fn files_of(rows: &[[usize; 4]]) -> Files {
    let mut log = format!("{LOG_HEADER}\n");
    for (i, [user, video, click, tab]) in rows.iter().enumerate() {
        let date = [20220422, 20220508][i % 2];
        log += &format!(
            "{user},{video},{date},1900,1650600000000,{click},0,0,0,0,0,{click},{i},9,0,0,0,0,{tab}\n"
        );
    }
    let table =
        |header: &str, lines: Vec<String>| format!("{header}\n{}\n", lines.join("\n")).into();
    Files::from([
        (LOG, log.into()),
        ("user_features_1k.csv", table(USER_HEADER, (0..3).map(user).collect())),
        ("video_features_basic_1k.csv", table(VIDEO_HEADER, (0..7).map(video).collect())),
    ])
}

/// The cells of a line. Commas inside quotes are replaced by semicolons while the line is split.
fn cells(line: &str) -> Vec<String> {
    let plain: String = line
        .split('"')
        .enumerate()
        .map(|(i, p)| if i % 2 == 1 { p.replace(',', ";") } else { p.into() })
        .collect();
    plain.split(',').map(|c| c.replace(';', ",")).collect()
}

fn expected() -> BTreeMap<u64, Row> {
    let row = |[u, v, click, tab]: [usize; 4]| {
        let of_user = if u < 3 { cells(&user(u)) } else { vec![String::new(); 31] };
        let of_video = if v < 7 { cells(&video(v)) } else { vec![String::new(); 12] };
        let mut values = vec![u.to_string(), v.to_string()];
        values.extend_from_slice(&of_user[1..]);
        values.extend_from_slice(&of_video[1..]);
        values.push(tab.to_string());
        Row { values, scenario: tab.to_string(), label: click as u8 }
    };
    let kept = (2..).zip(rows()).filter(|(_, row)| row[3] != 3);
    kept.map(|(line, r)| (line, row(r))).collect()
}

#[test]
fn ids() {
    let data = prepare(&kuairand(), &files_of(&rows()), OnError::Fail).unwrap();
    check(&data, &expected(), |_| 2);
    assert_eq!(data.schema.scenarios, ["0", "1", "2", "4", "6"]);
    let names: Vec<&str> = data.schema.fields.iter().map(|f| f.name.as_str()).collect();
    let (users, videos) =
        (USER_HEADER.split_once(',').unwrap().1, VIDEO_HEADER.split_once(',').unwrap().1);
    assert_eq!(
        names.join(","),
        format!("user_id,video_id,{users},{videos},tab"),
        "nothing of what happened later"
    );
    assert_eq!((data.rows.train.len(), data.rows.val.len(), data.rows.test.len()), (80, 10, 10));
}

#[test]
fn dialects() {
    any_log(&kuairand(), &files_of(&rows()));
}

#[test]
fn bad_input() {
    let (log, files) = (kuairand(), files_of(&rows()));
    let message = |name, from: &str, to: &str| message(&log, &files, name, from, to);
    for day in ["20220421", "20220509", "today"] {
        assert_eq!(
            message(LOG, "0,0,20220422", &format!("0,0,{day}")),
            format!(
                "{LOG}:2:3: field \"date\": expected a day from 20220422 to 20220508, got \"{day}\""
            )
        );
    }
    assert_eq!(
        message(LOG, ",0\n", ",home\n"),
        format!("{LOG}:2:19: field \"tab\": expected the number of a tab, got \"home\"")
    );
    assert_eq!(
        message("user_features_1k.csv", ",10,\"", ",few,\""),
        "user_features_1k.csv:2:6: field \"follow_user_num\": expected a finite number or nothing, got \"few\""
    );
    assert_eq!(
        message("video_features_basic_1k.csv", "\n2,", "\n1,"),
        "video_features_basic_1k.csv:4:1: field \"video_id\": expected a key that no line before has, got \"1\""
    );
    assert_eq!(
        message("video_features_basic_1k.csv", "music_id", "music_ids"),
        "video_features_basic_1k.csv:1:1: field \"music_id\": expected such a column, got none of that name; did you mean \"music_ids\"?"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Test rows do not change the ids of other rows.
    #[test]
    fn test_rows_change_no_id(which in 0..10usize, user in 0..9usize, video in 0..99usize, click in 0..2usize) {
        let mut rows = rows();
        let before = prepare(&kuairand(), &files_of(&rows), OnError::Fail).unwrap();
        let row = &mut rows[before.rows.test.rows[which] as usize - 2];
        *row = [user, video, click, row[3]];
        let after = prepare(&kuairand(), &files_of(&rows), OnError::Fail).unwrap();
        prop_assert_eq!(after.schema, before.schema);
        prop_assert_eq!((after.rows.train, after.rows.val), (before.rows.train, before.rows.val));
    }
}
