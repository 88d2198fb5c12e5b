"""Clicks on recommended clothes in an online shop (the sample of the Open Bandit Dataset).

- Source: PyPI obp 0.5.7, the folder `obp/dataset/obd`.
- Licence: the package has the Apache 2.0 licence and names no other for the data. ZOZO gives them as CC BY 4.0.
- Scenario: the campaign (all, men, women). A random policy chose the items of half of its rows, and Bernoulli Thompson
  sampling those of the other half; the policy is a field.
- Label: the user clicks.
- Left out: `propensity_score`, the probability with which the policy chose the item. It does not leak, but no other log
  has it. Of the affinities to all items, only that to the item of the row is kept. No column leaks.
- Rows: 60,000 with 287 clicks. The test rows of a campaign have 4 to 17 clicks, so the scores of one seed say little.
"""

import common
import pandas as pd

PACKAGE = common.Package(
    "pip",
    "obp",
    "0.5.7",
    "obp-0.5.7.tar.gz",
    "3060d67fedfcfadf1e7a6f2608987f74412b5eb74d2c567edeb147595c68f2a0",
)
USER = [f"user_feature_{i}" for i in range(4)]
ITEM = [f"item_feature_{i}" for i in range(4)]


def part(policy, campaign):
    """The rows of one policy in one campaign. The campaigns number their items separately."""
    folder = f"obd/{policy}/{campaign}"
    rows = pd.read_csv(PACKAGE.open(f"{folder}/{campaign}.csv"), index_col=0)
    items = pd.read_csv(PACKAGE.open(f"{folder}/item_context.csv"), index_col=0)
    affinity = rows.filter(like="user-item_affinity_").to_numpy()
    rows["affinity"] = affinity[range(len(rows)), rows["item_id"]]
    rows = rows.merge(items, on="item_id", how="left", validate="many_to_one")
    return rows.assign(policy=policy, campaign=campaign, item=campaign + "-" + rows["item_id"].astype(str))


def log():
    parts = [part(policy, campaign) for policy in ("bts", "random") for campaign in ("all", "men", "women")]
    rows = pd.concat(parts, ignore_index=True)
    when = pd.to_datetime(rows["timestamp"], format="ISO8601")
    rows["time"] = when.dt.as_unit("s").astype("int64")
    rows["hour"] = when.dt.hour
    fields = dict.fromkeys(["campaign", "policy", "item", "position", "hour", *USER, *ITEM[1:]])
    fields |= {ITEM[0]: "quantile:10", "affinity": "log2"}
    return common.Log(rows, "click", "campaign", fields, time="time")
