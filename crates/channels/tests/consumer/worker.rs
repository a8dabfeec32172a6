//! Workers on named channels.

use std::time::Duration;

use channels::consumer::{Halt, Outcome};
use channels::layer::{LayerError, MemoryLayer, Message, Options, SharedLayer};
use channels::worker::{Worker, WorkerConsumer, WorkerContext};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

use crate::setup::{Diary, memory};

struct Laborer {
    diary: Diary,
    permits: Arc<Semaphore>,
}

impl WorkerConsumer for Laborer {
    channels::events!(WorkerContext => work_do, work_fail, work_break, work_stop);
}

impl Laborer {
    async fn work_do(&mut self, context: &mut WorkerContext, message: Message) -> Outcome {
        let number = message.get("number").and_then(|number| number.as_i64()).unwrap_or_default();
        self.diary.note(format!("{} begins {number}", context.channel()));
        self.permits.acquire().await?.forget();
        self.diary.note(format!("{} ends {number}", context.channel()));
        Ok(())
    }

    async fn work_fail(&mut self, _: &mut WorkerContext, _: Message) -> Outcome {
        Err(Halt::error("the hammer broke"))
    }

    async fn work_break(&mut self, _: &mut WorkerContext, _: Message) -> Outcome {
        panic!("the bench broke")
    }

    async fn work_stop(&mut self, _: &mut WorkerContext, _: Message) -> Outcome {
        Err(Halt::Stop)
    }
}

struct Workshop {
    layer: SharedLayer,
    diary: Diary,
    permits: Arc<Semaphore>,
    stop: Option<oneshot::Sender<()>>,
    worker: tokio::task::JoinHandle<()>,
}

impl Workshop {
    fn open(layer: SharedLayer) -> Self {
        let (diary, permits) = (Diary::default(), Arc::new(Semaphore::new(0)));
        let laborer = || Laborer { diary: diary.clone(), permits: permits.clone() };
        let worker = Worker::new(layer.clone()).on("one", laborer()).on("two", laborer());
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));
        Self { layer, diary, permits, stop: Some(stop), worker }
    }

    async fn order(&self, channel: &str, number: i64) {
        self.layer.send(channel, Message::new("work.do").with("number", number)).await.unwrap();
    }

    async fn until(&self, notes: &[&str]) {
        let waiting = async {
            while self.diary.read() != notes {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(5), waiting).await;
        assert!(in_time.is_ok(), "{:?} instead of {notes:?}", self.diary.read());
    }
}

#[tokio::test]
async fn each_name_has_one_message_at_a_time_and_names_do_not_wait_for_each_other() {
    let workshop = Workshop::open(memory());
    workshop.order("one", 1).await;
    workshop.order("one", 2).await;
    workshop.until(&["one begins 1"]).await;
    workshop.order("two", 3).await;
    workshop.until(&["one begins 1", "two begins 3"]).await;
    workshop.permits.add_permits(1);
    workshop.until(&["one begins 1", "two begins 3", "one ends 1", "one begins 2"]).await;
}

#[tokio::test]
async fn a_message_that_fails_does_not_end_the_worker() {
    let workshop = Workshop::open(memory());
    for bad in ["work.fail", "work.break", "un.known", "_private"] {
        workshop.layer.send("one", Message::new(bad)).await.unwrap();
    }
    workshop.permits.add_permits(1);
    workshop.order("one", 1).await;
    workshop.until(&["one begins 1", "one ends 1"]).await;
}

#[tokio::test]
async fn at_the_stop_the_message_in_hand_is_finished_and_no_other_is_taken() {
    let mut workshop = Workshop::open(memory());
    workshop.order("one", 1).await;
    workshop.order("one", 2).await;
    workshop.until(&["one begins 1"]).await;
    drop(workshop.stop.take());
    tokio::task::yield_now().await;
    workshop.permits.add_permits(5);
    (&mut workshop.worker).await.unwrap();
    assert_eq!(workshop.diary.read(), ["one begins 1", "one ends 1"]);
    // It waits for the next worker.
    let next = Workshop::open(workshop.layer.clone());
    next.until(&["one begins 2"]).await;
}

#[tokio::test]
async fn a_worker_is_done_when_all_its_consumers_have_stopped() {
    let workshop = Workshop::open(memory());
    for channel in ["one", "two"] {
        workshop.layer.send(channel, Message::new("work.stop")).await.unwrap();
    }
    workshop.worker.await.unwrap();
}

#[tokio::test]
async fn what_waits_for_a_worker_is_bounded_by_its_channel() {
    let workshop = Workshop::open(Arc::new(MemoryLayer::new(Options::default().capacity(3))));
    workshop.order("one", 0).await;
    workshop.until(&["one begins 0"]).await;
    for number in 1..=3 {
        workshop.order("one", number).await;
    }
    let refused = workshop.layer.send("one", Message::new("work.do")).await;
    assert!(matches!(refused, Err(LayerError::ChannelFull(_))), "{refused:?}");
}
