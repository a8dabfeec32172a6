//! What can be released, and to where: two short lists that flows, permissions and secrets take names from.

use std::collections::BTreeSet;

use super::{Inventory, Place, Refusal, administrators_only, no_guests};
use crate::accounts::{Caller, note};
use crate::db::Sql;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Applications, and environments, at most.
const PLACES: usize = 200;

impl Inventory {
    pub async fn applications(&self, caller: &Caller) -> Result<Vec<Place>, Refusal> {
        self.places(caller, "application").await
    }

    /// Replaces the list of applications.
    pub async fn set_applications(&self, caller: &Caller, places: Vec<Place>) -> Result<Vec<Place>, Refusal> {
        self.set_places(caller, "application", "applications.changed", places).await
    }

    pub async fn environments(&self, caller: &Caller) -> Result<Vec<Place>, Refusal> {
        self.places(caller, "environment").await
    }

    /// Replaces the list of environments.
    pub async fn set_environments(&self, caller: &Caller, places: Vec<Place>) -> Result<Vec<Place>, Refusal> {
        self.set_places(caller, "environment", "environments.changed", places).await
    }

    async fn places(&self, caller: &Caller, table: &'static str) -> Result<Vec<Place>, Refusal> {
        no_guests(caller)?;
        let sql = format!("SELECT name, title FROM {table} ORDER BY name");
        Ok(self.log.db().reader.all(&sql, values![]).await?)
    }

    async fn set_places(
        &self,
        caller: &Caller,
        table: &'static str,
        what: &'static str,
        places: Vec<Place>,
    ) -> Result<Vec<Place>, Refusal> {
        administrators_only(caller)?;
        let (by, places) = (caller.id(), check(places)?);
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let places = places.clone();
                Box::pin(async move {
                    tx.sql().run(&format!("DELETE FROM {table}"), values![]).await?;
                    for Place { name, title } in &places {
                        let sql = format!("INSERT INTO {table} (name, title) VALUES ($1, $2)");
                        tx.sql().run(&sql, values![name.clone(), title.clone()]).await?;
                    }
                    Ok(note(tx, Some(by), what, table, &places).await?)
                })
            })
            .await?;
        self.places(caller, table).await
    }
}

fn check(places: Vec<Place>) -> Result<Vec<Place>, FieldError> {
    if places.len() > PLACES {
        return Err(FieldError::new("name", Rule::TooMany(PLACES)));
    }
    let mut names = BTreeSet::new();
    let mut checked = Vec::with_capacity(places.len());
    for Place { name, title } in places {
        let place = Place { name: text::plain_name("name", &name)?, title: text::line("title", &title, 1, 64)? };
        if !names.insert(place.name.clone()) {
            return Err(FieldError::new("name", Rule::Taken));
        }
        checked.push(place);
    }
    Ok(checked)
}
