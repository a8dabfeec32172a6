//! Which of several instances of Redis holds a name.

/// How many parts the names are divided into, which the instances share. `channels_redis` has the same number.
const RING: u32 = 4096;

/// The instance, counted from 0, that holds this name when there are `instances` of them.
pub(super) fn shard_of(name: &str, instances: usize) -> usize {
    let place = crc32fast::hash(name.as_bytes()) & (RING - 1);
    (f64::from(place) / (f64::from(RING) / instances as f64)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_where_channels_redis_looks_for_them() {
        for (name, instances, shard) in [("key_one", 2, 1), ("key_one", 10, 6), ("key_two", 2, 0), ("key_two", 10, 4)] {
            assert_eq!(shard_of(name, instances), shard, "{name} on {instances}");
        }
    }

    #[test]
    fn every_name_is_held_by_an_instance_that_exists() {
        for instances in 1..=64 {
            assert!((0..2_000).all(|number| shard_of(&format!("name.{number}"), instances) < instances));
        }
    }
}
