//! Every layer against the contract.

use std::sync::Arc;

use channels::layer::{MemoryLayer, Options, RedisLayer, RedisOptions, RedisPubSubLayer, Serializer, SharedLayer};

use crate::environment::redis;

async fn core(options: RedisOptions) -> [SharedLayer; 2] {
    let [one, two] = [RedisLayer::connect(options.clone()).await, RedisLayer::connect(options).await];
    [Arc::new(one.unwrap()), Arc::new(two.unwrap())]
}

async fn pubsub(options: RedisOptions) -> [SharedLayer; 2] {
    let [one, two] = [RedisPubSubLayer::connect(options.clone()).await, RedisPubSubLayer::connect(options).await];
    [Arc::new(one.unwrap()), Arc::new(two.unwrap())]
}

mod memory {
    use super::*;

    async fn make(options: Options) -> [SharedLayer; 2] {
        let layer = Arc::new(MemoryLayer::new(options));
        [layer.clone(), layer]
    }

    channels::layer_contract!(make);
    channels::shared_channel_contract!(make);
}

macro_rules! redis_layers {
    ($($name:ident: $options:expr;)*) => {$(
        mod $name {
            use super::*;

            fn options(limits: Options) -> RedisOptions {
                $options(limits)
            }

            mod core_format {
                use super::*;

                async fn make(limits: Options) -> [SharedLayer; 2] {
                    core(options(limits)).await
                }

                channels::layer_contract!(make);
                channels::shared_channel_contract!(make);
            }

            mod pubsub_format {
                use super::*;

                async fn make(limits: Options) -> [SharedLayer; 2] {
                    pubsub(options(limits)).await
                }

                channels::layer_contract!(make);
            }
        }
    )*};
}

redis_layers! {
    msgpack: |limits| redis(1, limits);
    json: |limits| redis(1, limits).serializer(Serializer::Json);
    encrypted: |limits| redis(1, limits).encryption_key("a secret of this test");
    four_instances: |limits| redis(4, limits);
}
