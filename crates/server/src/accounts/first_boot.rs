use super::{Accounts, Language, NewPerson, Refusal, Role, secret};
use crate::db::Sql;
use crate::values;

impl Accounts {
    /// Makes the first administrator, `admin`, in an empty database and answers the password, which is kept nowhere.
    pub async fn create_first_administrator(&self, password: Option<String>) -> Result<Option<String>, Refusal> {
        if self.log.db().reader.number("SELECT id FROM person LIMIT 1", values![]).await?.is_some() {
            return Ok(None);
        }
        let password = password.unwrap_or_else(secret::new_password);
        let new = NewPerson {
            username: "admin".into(),
            name: "Admin".into(),
            password: password.clone(),
            role: Role::Administrator,
            language: None,
        };
        self.create_account(None, new).await?;
        Ok(Some(password))
    }

    /// Makes the people of the sample team, who share one password; answers their ids and that password.
    pub async fn create_sample_team(&self) -> Result<(Vec<i64>, String), Refusal> {
        let password = secret::new_password();
        let mut ids = Vec::new();
        for (username, name) in [("zhangkun", "张坤"), ("fulele", "付乐乐"), ("jiawenlong", "贾文龙")] {
            let (username, name) = (username.into(), name.into());
            let language = Some(Language::Chinese);
            let new = NewPerson { username, name, password: password.clone(), role: Role::Member, language };
            ids.push(self.create_account(None, new).await?);
        }
        Ok((ids, password))
    }
}
