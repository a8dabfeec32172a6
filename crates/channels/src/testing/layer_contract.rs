//! What every channel layer promises, as tests.
//!
//! A layer of one's own is tested with one line. The argument names an async function that makes two handles of the
//! layer as two processes would hold them, on a backend of their own: what one test sends must not reach another.
//!
//! ```
//! use std::sync::Arc;
//! use channels::layer::{MemoryLayer, Options, SharedLayer};
//!
//! async fn memory(options: Options) -> [SharedLayer; 2] {
//!     let layer = Arc::new(MemoryLayer::new(options)); // Only one process can hold it.
//!     [layer.clone(), layer]
//! }
//!
//! channels::layer_contract!(memory);
//! channels::shared_channel_contract!(memory);
//! ```
//!
//! [`layer_contract!`](crate::layer_contract) is for all layers; [`shared_channel_contract!`](crate::shared_channel_contract)
//! for those that keep the messages of a name without `!` until any process receives them.

#[doc(hidden)]
pub mod groups;
#[doc(hidden)]
pub mod own_channels;
#[doc(hidden)]
pub mod refusals;
#[doc(hidden)]
pub mod shared_channels;

use std::time::Duration;

use crate::layer::{Message, Received, SharedLayer};

/// A test fails when something that should happen has not happened after this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes one `#[tokio::test]` for each sentence of the contract of all layers.
#[macro_export]
macro_rules! layer_contract {
    ($make:path) => {
        $crate::contract_tests! { $make, own_channels:
            messages_come_in_the_order_in_which_they_were_sent,
            a_reader_that_waits_gets_the_message_that_comes,
            a_message_comes_to_the_process_that_made_the_channel,
            each_message_has_one_reader,
            a_receive_that_is_given_up_loses_no_message,
            a_full_channel_loses_nothing_silently,
            a_closed_channel_holds_no_messages,
            a_message_of_one_megabyte_passes,
            every_kind_of_value_comes_back_or_is_refused,
            new_channels_have_names_of_their_own,
        }
        $crate::contract_tests! { $make, groups:
            a_group_reaches_its_members_in_all_processes_and_nobody_else,
            a_group_without_members_takes_messages,
            adding_a_member_twice_is_the_same_as_once,
            a_member_that_was_discarded_gets_no_more,
            a_group_lives_on_when_other_members_leave,
            a_closed_channel_is_in_no_group,
            a_full_member_is_told_that_it_is_behind_and_the_others_get_everything,
            messages_of_many_senders_all_come_and_each_senders_in_order,
            one_channel_can_be_in_many_groups,
            flush_empties_the_groups,
        }
        $crate::contract_tests! { $make, refusals:
            names_that_are_no_names_are_refused,
            the_reserved_key_is_refused,
            messages_that_nest_too_deeply_are_refused,
        }
    };
}

/// Makes one `#[tokio::test]` for each sentence of the contract of layers that keep messages for any process.
#[macro_export]
macro_rules! shared_channel_contract {
    ($make:path) => {
        $crate::contract_tests! { $make, shared_channels:
            a_message_waits_until_some_process_receives_it,
            messages_of_a_name_come_in_order,
            each_message_goes_to_one_of_the_processes,
            a_full_name_refuses_until_a_message_was_read,
            a_pattern_gives_a_name_another_capacity,
            an_expired_message_makes_room_and_is_not_read,
            a_reader_that_gave_up_takes_no_message_from_the_others,
            a_name_can_be_a_member_of_a_group,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_tests {
    ($make:path, $chapter:ident: $($sentence:ident,)*) => {$(
        #[tokio::test]
        async fn $sentence() {
            $crate::testing::layer_contract::$chapter::$sentence($make).await;
        }
    )*};
}

/// What comes within a moment.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this should have happened long ago")
}

fn numbered(number: i64) -> Message {
    Message::new("number").with("number", number)
}

async fn received(layer: &SharedLayer, channel: &str) -> Received {
    soon(layer.receive(channel)).await.expect("the channel can be received from")
}

async fn message(layer: &SharedLayer, channel: &str) -> Message {
    match received(layer, channel).await {
        Received::Message(message) => message,
        Received::Behind => panic!("{channel} is behind, but nothing was lost"),
    }
}

async fn number(layer: &SharedLayer, channel: &str) -> i64 {
    number_of(&message(layer, channel).await)
}

fn number_of(message: &Message) -> i64 {
    message.get("number").and_then(|number| number.as_i64()).expect("the message is one of the test")
}

/// Sends one more message and shows that it is the next, so that nothing else waited.
async fn assert_nothing_waits(layer: &SharedLayer, channel: &str) {
    const MARK: i64 = -1;
    soon(layer.send(channel, numbered(MARK))).await.expect("an empty channel takes a message");
    assert_eq!(number(layer, channel).await, MARK, "something waited in {channel}");
}
