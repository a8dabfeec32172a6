use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::log::SessionKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Guest,
    Member,
    Administrator,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Guest => "guest",
            Role::Member => "member",
            Role::Administrator => "administrator",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        match text {
            "administrator" => Role::Administrator,
            "member" => Role::Member,
            _ => Role::Guest,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Language {
    #[serde(rename = "zh-CN")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

impl Language {
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "zh-CN" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        }
    }
}

/// Somebody, as others see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    pub id: i64,
    pub username: String,
    pub name: String,
    /// Address of the picture.
    pub avatar: Option<String>,
    pub role: Role,
    /// False when an administrator has closed the account.
    pub active: bool,
    pub language: Option<Language>,
    /// Who leads them, and is asked where a flow asks the requester's manager.
    pub manager: Option<i64>,
}

/// What is told about a person once, and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PersonSignal {
    /// A profile changed.
    Person { person: Person },
}

#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct PersonRow {
    pub id: i64,
    pub username: String,
    pub name: String,
    pub role: String,
    pub active: bool,
    pub language: Option<String>,
    pub avatar: Option<String>,
    pub transport: String,
    pub theme: String,
    pub feed_id: i64,
    pub manager_id: Option<i64>,
}

/// The columns of [`PersonRow`].
pub(crate) const PERSON: &str =
    "p.id, p.username, p.name, p.role, p.active, p.language, p.avatar, p.transport, p.theme, p.feed_id, p.manager_id";

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            avatar: row.avatar.map(|version| format!("/api/people/{}/avatar?v={version}", row.id)),
            username: row.username,
            name: row.name,
            role: Role::parse(&row.role),
            active: row.active,
            language: row.language.as_deref().and_then(Language::parse),
            manager: row.manager_id,
        }
    }
}

/// How the web client reads: by itself, or one way that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Auto,
    Websocket,
    Sse,
    LongPoll,
    ShortPoll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub transport: Transport,
    pub theme: Theme,
}

impl Settings {
    pub(super) fn parse(transport: &str, theme: &str) -> Self {
        let quoted = |text: &str| format!("\"{text}\"");
        Self {
            transport: serde_json::from_str(&quoted(transport)).unwrap_or(Transport::Auto),
            theme: serde_json::from_str(&quoted(theme)).unwrap_or(Theme::System),
        }
    }

    pub(super) fn columns(self) -> (String, String) {
        let text = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (text(serde_json::json!(self.transport)), text(serde_json::json!(self.theme)))
    }
}

/// Who asks, and what with.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person: Person,
    pub settings: Settings,
    pub feed: i64,
    pub session: SessionKey,
}

impl Caller {
    pub fn id(&self) -> i64 {
        self.person.id
    }

    pub fn is_administrator(&self) -> bool {
        self.person.role == Role::Administrator
    }

    pub fn is_guest(&self) -> bool {
        self.person.role == Role::Guest
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    DesignFlows,
    PublishFlows,
    PublishRunningFlows,
    ManageHosts,
    StartRelease,
}

/// A permission beside the role. Only `start_release` is given for an application and an environment; `*` is any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub permission: Permission,
    pub application: Option<String>,
    pub environment: Option<String>,
}

#[derive(Debug, Clone, Serialize, FromQueryResult, ToSchema)]
pub struct Session {
    pub id: i64,
    #[sea_orm(skip)]
    pub current: bool,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub address: String,
    pub user_agent: String,
}

#[derive(Debug, Clone, Serialize, FromQueryResult, ToSchema)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub expires_at: Option<i64>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    pub id: i64,
    pub role: Role,
    pub room: Option<i64>,
    pub uses_left: i64,
    pub invited_by: i64,
    pub created_at: i64,
    pub expires_at: i64,
}
