//! Metrics as an object of a report: number of rows, share of clicks, and a value per key.

use super::metrics::{Value, value};
use super::{METRICS, Metric, Metrics, TABLE};
use crate::artifact::lenient::{FromJson, field};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use std::fmt;

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("instances", &self.instances)?;
        map.serialize_entry("ctr", &self.ctr)?;
        for (key, value) in &self.values {
            map.serialize_entry(key, value)?;
            if let Some(interval) = self.auc_interval.filter(|_| key == Metric::AUC.name()) {
                map.serialize_entry("auc_interval", &interval)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetricsVisitor)
    }
}

struct MetricsVisitor;

impl<'de> Visitor<'de> for MetricsVisitor {
    type Value = Metrics;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the metrics of some rows")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metrics, A::Error> {
        let (mut instances, mut ctr, mut auc_interval) = (None, None, None);
        let mut known = [None; TABLE.len()];
        let mut further: Vec<Value> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "instances" => instances = Some(map.next_value()?),
                "ctr" => ctr = map.next_value()?,
                "auc_interval" => auc_interval = map.next_value()?,
                key => match METRICS.iter().position(|info| info.key == key) {
                    Some(i) => known[i] = map.next_value()?,
                    // A number is a metric of another table.
                    None => match map.next_value()? {
                        Json::Null => further.push((key.to_owned().into(), None)),
                        Json::Number(n) => further.push((key.to_owned().into(), n.as_f64())),
                        _ => (),
                    },
                },
            }
        }
        let instances = instances.ok_or_else(|| A::Error::missing_field("instances"))?;
        let known = METRICS.iter().zip(known).filter_map(|(info, found)| value(info, found));
        Ok(Metrics { instances, ctr, auc_interval, values: known.chain(further).collect() })
    }
}

/// The metrics of the table alone; metrics of another table are left out.
impl FromJson for Metrics {
    fn from_json(json: &Json) -> Option<Self> {
        let mut values = Vec::with_capacity(METRICS.len());
        for info in &METRICS {
            values.extend(value(info, field(json, info.key)?));
        }
        Some(Self {
            instances: field(json, "instances")?,
            ctr: field(json, "ctr")?,
            auc_interval: field(json, "auc_interval")?,
            values,
        })
    }
}
