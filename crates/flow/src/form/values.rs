//! What expressions see of a form.

use serde_json::{Map, Value, json};

use super::{Field, FieldKind, Values, money_of};

/// The variables of expressions over a form: a typed value for every field, `given.<field>` for whether it was filled
/// in, and `total.<table>.<column>` for the sum of a column of numbers or amounts.
///
/// A field without a value is `0` for numbers, amounts and persons, an empty list for lists, and else empty text.
/// Amounts are numbers here.
pub fn variables(fields: &[Field], values: &Values) -> Values {
    let mut variables = Values::new();
    let (mut given, mut total) = (Map::new(), Map::new());
    for field in fields {
        let value = values.get(&field.id);
        given.insert(field.id.clone(), json!(value.is_some()));
        if field.kind == FieldKind::Table {
            total.insert(field.id.clone(), Value::Object(totals(field, value)));
        }
        variables.insert(field.id.clone(), typed(field, value));
    }
    variables.insert("given".to_owned(), Value::Object(given));
    variables.insert("total".to_owned(), Value::Object(total));
    variables
}

fn typed(field: &Field, value: Option<&Value>) -> Value {
    match (field.kind, value) {
        (FieldKind::Money, value) => {
            let hundredths = value.and_then(money_of).map_or(0, |money| money.hundredths);
            json!(hundredths as f64 / 100.0)
        }
        (FieldKind::Table, value) => {
            let rows = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let row = |row: &Value| {
                let cells = field.columns.iter().map(|column| (column.id.clone(), typed(column, row.get(&column.id))));
                Value::Object(cells.collect())
            };
            Value::Array(rows.iter().map(row).collect())
        }
        (_, Some(value)) => value.clone(),
        (FieldKind::Number | FieldKind::Person, None) => json!(0),
        (FieldKind::Choices | FieldKind::File, None) => json!([]),
        (_, None) => json!(""),
    }
}

fn totals(table: &Field, value: Option<&Value>) -> Map<String, Value> {
    let rows = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sum = |column: &Field| match column.kind {
        FieldKind::Money => {
            let amounts = rows.iter().filter_map(|row| row.get(&column.id).and_then(money_of));
            Some(amounts.map(|money| money.hundredths).sum::<i64>() as f64 / 100.0)
        }
        FieldKind::Number => Some(rows.iter().filter_map(|row| row.get(&column.id)?.as_f64()).sum()),
        _ => None,
    };
    table.columns.iter().filter_map(|column| Some((column.id.clone(), json!(sum(column)?)))).collect()
}
