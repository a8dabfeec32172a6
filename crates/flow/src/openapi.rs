//! Schemas of the types that are written as text.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use crate::definition::{Size, Span, Threshold, UtcOffset};

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
