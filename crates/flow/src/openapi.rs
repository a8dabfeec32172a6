//! Schemas of the types that are written in another way than serde derives.

use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use crate::definition::{Position, Size, Span, Threshold, UtcOffset};

/// Describes a type as text with an example.
macro_rules! text_schema {
    ($($name:ty => $example:literal),*) => {$(
        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).examples([$example]).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

text_schema!(Span => "2h", Size => "25%", Threshold => "10%", UtcOffset => "+08:00");

impl utoipa::PartialSchema for Position {
    fn schema() -> RefOr<Schema> {
        let pixels = || Schema::Object(ObjectBuilder::new().schema_type(Type::Integer).build());
        ArrayBuilder::new().prefix_items([pixels(), pixels()]).items(ArrayItems::False).into()
    }
}

impl utoipa::ToSchema for Position {}
