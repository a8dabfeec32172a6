//! Where the tests find Redis.

use channels::layer::{Options, RedisOptions};

/// The four instances, whose number the tests choose from.
pub fn redis_urls(instances: usize) -> Vec<String> {
    let urls = std::env::var("COUNTERSIGN_TEST_REDIS").expect(
        "COUNTERSIGN_TEST_REDIS is not set. Start Redis for the tests: eval \"$(scripts/services.sh start redis)\"",
    );
    let urls: Vec<_> = urls.split(',').map(str::to_owned).collect();
    assert!(urls.len() >= instances, "COUNTERSIGN_TEST_REDIS has to name {instances} instances");
    urls[..instances].to_vec()
}

/// A prefix that no other test uses.
pub fn own_prefix() -> String {
    format!("test{:016x}", rand::random::<u64>())
}

/// Options for a test of its own on so many instances.
pub fn redis(instances: usize, limits: Options) -> RedisOptions {
    RedisOptions::new(redis_urls(instances)).prefix(own_prefix()).limits(limits)
}
