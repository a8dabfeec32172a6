//! Consumers that speak JSON.

use channels::consumer::{Context, InvalidJson, JsonConsumer, Outcome, WebSocketEndpoint};
use channels::testing::WebSocketCommunicator;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Incoming {
    Say { text: String },
    Leave,
}

struct Strict;

impl JsonConsumer for Strict {
    type Incoming = Incoming;

    async fn receive(&mut self, context: &mut Context, message: Incoming) -> Outcome {
        match message {
            Incoming::Say { text } => Ok(context.send_json(&json!({"said": text})).await?),
            Incoming::Leave => Ok(context.close(1000, "")?),
        }
    }
}

async fn strict() -> WebSocketCommunicator {
    let mut client = WebSocketCommunicator::new(WebSocketEndpoint::json(|| Strict), "/");
    client.connect().await.unwrap();
    client
}

#[tokio::test(start_paused = true)]
async fn messages_are_types_in_and_out() {
    let mut client = strict().await;
    client.send_json_to(&Incoming::Say { text: "你好".into() }).await.unwrap();
    assert_eq!(client.receive_json_from::<Value>().await.unwrap(), json!({"said": "你好"}));
    client.send_json_to(&Incoming::Leave).await.unwrap();
    assert_eq!(client.receive_close().await.unwrap().0, 1000);
}

#[tokio::test(start_paused = true)]
async fn binary_is_refused_with_1003_and_what_is_no_proper_json_with_1007() {
    for (data, code) in [("", 1007), ("{", 1007), (r#"{"event":"fly"}"#, 1007), ("null", 1007)] {
        let mut client = strict().await;
        client.send_to(data).await.unwrap();
        assert_eq!(client.receive_close().await.unwrap().0, code, "{data}");
        client.wait().await.unwrap();
    }
    let mut client = strict().await;
    client.send_to(br#"{"event":"leave"}"#.to_vec()).await.unwrap();
    assert_eq!(client.receive_close().await.unwrap().0, 1003);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_may_answer_bad_json_itself() {
    struct Patient;
    impl JsonConsumer for Patient {
        type Incoming = Incoming;

        async fn receive(&mut self, _: &mut Context, _: Incoming) -> Outcome {
            Ok(())
        }

        async fn invalid(&mut self, context: &mut Context, error: InvalidJson) -> Outcome {
            Ok(context.send_json(&json!({"error": error.close_code()})).await?)
        }
    }
    let mut client = WebSocketCommunicator::new(WebSocketEndpoint::json(|| Patient), "/");
    client.connect().await.unwrap();
    client.send_to("{").await.unwrap();
    assert_eq!(client.receive_json_from::<Value>().await.unwrap(), json!({"error": 1007}));
}
