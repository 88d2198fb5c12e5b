"""`ssim prepare ali-mama` with Polars; common.py describes the task.

It is fast because it uses all threads, integers instead of text, and lazy plans that run together.
The values of a joined table are counted on the table, where each key counts as often as it has
train rows, and the rows are joined once with every encoded table. That is nearly twice as fast as
joining first, then counting and encoding field by field. Plans run in memory, because the streaming
engine takes several times as long for joins that keep the order.
"""

import polars as pl
from common import FIELDS, SCENARIO, SPLITS, arguments, min_count, parts


def main():
    args = arguments(__doc__.split("\n")[0])
    log = pl.read_csv(
        args.raw / "raw_sample.csv",
        columns=["user", "time_stamp", "adgroup_id", "pid", "clk"],
        schema_overrides={"pid": pl.Categorical},
        row_index_name="row",
        row_index_offset=2,
    ).rename({"user": "user_id"})
    users = pl.scan_csv(args.raw / "user_profile.csv").rename(str.strip).rename({"userid": "user_id"})
    ads = pl.scan_csv(args.raw / "ad_feature.csv", null_values="NULL").with_columns(
        pl.when(pl.col.price > 2).then(pl.col.price.log() ** 2).otherwise("price").floor().cast(pl.Int64).alias("price")
    )

    log = log.with_columns(part=pl.Series(parts(log["time_stamp"].to_numpy(), args))).lazy()

    # For each of the log's three keys: its values with their train rows, and the table that is joined by the key.
    def known(key):
        return log.group_by(key).agg(rows=(pl.col.part == 0).sum())

    sides = pl.collect_all([
        known("user_id").join(users, on="user_id", how="left").fill_null(0),
        known("adgroup_id").join(ads, on="adgroup_id", how="left").fill_null(0),
        known("pid"),
    ])
    encoded = [side.select(pl.nth(0).alias(f"key:{side.columns[0]}")) for side in sides]
    vocabularies, offset = [], 0
    for field in FIELDS:
        at = next(at for at, side in enumerate(sides) if field in side.columns)
        side = sides[at]
        kept = side.lazy().group_by(field).agg(pl.col.rows.sum()).filter(pl.col.rows >= min_count(field))
        kept = kept.sort("rows", field, descending=[True, False])
        kept = kept.select(field, id=pl.int_range(pl.len(), dtype=pl.UInt32) + pl.lit(offset, pl.UInt32)).collect()
        ids = side.select(field).join(kept, on=field, how="left", maintain_order="left")
        new = [ids["id"].fill_null(offset + len(kept)).alias(field)]
        if field == SCENARIO:
            new.append(side[field].cast(pl.UInt16).alias("scenario"))
        encoded[at] = encoded[at].with_columns(new)
        vocabularies.append(kept.select(pl.lit(field).alias("field"), "id", value=pl.col(field).cast(pl.String)))
        offset += len(kept) + 1

    data = log
    for side in encoded:
        key = side.columns[0].removeprefix("key:")
        data = data.rename({key: f"key:{key}"}).join(side.lazy(), on=f"key:{key}", how="left", maintain_order="left")
    data = data.select(
        pl.col.row.cast(pl.UInt64), "scenario", pl.col.clk.cast(pl.UInt8).alias("label"), *FIELDS, "part"
    ).collect(engine="in-memory")
    for number, split in enumerate(SPLITS):
        rows = data.filter(pl.col.part == number).drop("part")
        rows.write_parquet(args.out / split / "part-0.parquet", compression="zstd", compression_level=1)
    pl.concat(vocabularies).write_parquet(args.out / "vocabulary.parquet", compression="zstd", compression_level=1)


if __name__ == "__main__":
    main()
