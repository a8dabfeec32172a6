//! Errors as RFC 9457 problems: a stable `type`, and words in the reader's language.

use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flow::Words;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::{self, Language};
use crate::db;
use crate::orders::ChangedDraft;
use crate::rooms;
use crate::text::{FieldError, Rule};

/// A refusal on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    slug: &'static str,
    status: StatusCode,
    detail: Option<Box<Detail>>,
    errors: Vec<FieldError>,
    marks: Vec<Mark>,
    decided: Option<Box<Decided>>,
    draft: Option<Box<ChangedDraft>>,
    retry_after_s: Option<u64>,
}

/// What more there is to say.
#[derive(Debug, Clone)]
enum Detail {
    /// The same in every language.
    Plain(String),
    Words(Words),
}

/// What is wrong with something that has no fixed name, such as a field of a form.
#[derive(Debug, Clone)]
pub struct Mark {
    pub field: String,
    pub code: String,
    pub words: Words,
}

/// What somebody else decided before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Decided {
    pub by: Option<i64>,
    /// As in a task: `approved`, `rejected`, `cancelled` …
    pub verdict: String,
    pub at: Option<i64>,
}

/// The body of a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Stable name of the kind of problem, as in `/problems/room_not_found`.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// With `already_decided`: who was faster.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<Decided>,
    /// With `draft_changed`: what is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<ChangedDraft>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    field: String,
    code: String,
    message: String,
}

impl Problem {
    pub fn new(status: StatusCode, slug: &'static str) -> Self {
        Self {
            slug,
            status,
            detail: None,
            errors: Vec::new(),
            marks: Vec::new(),
            decided: None,
            draft: None,
            retry_after_s: None,
        }
    }

    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(Box::new(Detail::Plain(detail.into()))), ..self }
    }

    /// A detail in the reader's language.
    pub fn words(self, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        Self { detail: Some(Box::new(Detail::Words(Words::new(chinese, english)))), ..self }
    }

    pub fn marks(self, marks: Vec<Mark>) -> Self {
        Self { marks, ..self }
    }

    pub fn decided(self, decided: Decided) -> Self {
        Self { decided: Some(Box::new(decided)), ..self }
    }

    pub fn draft(self, draft: ChangedDraft) -> Self {
        Self { draft: Some(Box::new(draft)), ..self }
    }

    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in")
    }

    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields") }
    }

    pub fn body(&self, language: Language, request_id: Option<String>) -> ProblemBody {
        let field = |error: &FieldError| {
            let (code, message) = rule_text(error.rule, language);
            FieldProblem { field: error.field.into(), code: code.into(), message }
        };
        let mark = |mark: &Mark| FieldProblem {
            field: mark.field.clone(),
            code: mark.code.clone(),
            message: mark.words.in_language(language.as_str()).to_owned(),
        };
        let detail = self.detail.as_deref().map(|detail| match detail {
            Detail::Plain(text) => text.clone(),
            Detail::Words(words) => words.in_language(language.as_str()).to_owned(),
        });
        ProblemBody {
            kind: format!("/problems/{}", self.slug),
            title: title(self.slug, language).into(),
            status: self.status.as_u16(),
            detail,
            errors: self.errors.iter().map(field).chain(self.marks.iter().map(mark)).collect(),
            decided: self.decided.as_deref().cloned(),
            draft: self.draft.as_deref().cloned(),
            request_id,
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Problem::fields(vec![error])
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        if db::is_storage_full(&error) {
            tracing::error!(%error, "the disk is full");
            return Problem::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full");
        }
        // A writer that was stopped and a database that can not be reached come back; the client tries again.
        tracing::error!(%error, "the database failed");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(2)
    }
}

impl From<accounts::Refusal> for Problem {
    fn from(refusal: accounts::Refusal) -> Self {
        use accounts::Refusal;
        match refusal {
            Refusal::NotSignedIn => Problem::not_signed_in(),
            Refusal::WrongPassword => Problem::new(StatusCode::UNAUTHORIZED, "wrong_password"),
            Refusal::TooManyAttempts { seconds } => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts").retry_after(seconds)
            }
            Refusal::AdministratorsOnly => Problem::new(StatusCode::FORBIDDEN, "administrators_only"),
            Refusal::NotForGuests => Problem::new(StatusCode::FORBIDDEN, "not_for_guests"),
            Refusal::PersonNotFound => Problem::new(StatusCode::NOT_FOUND, "person_not_found"),
            Refusal::SessionNotFound => Problem::new(StatusCode::NOT_FOUND, "session_not_found"),
            Refusal::TokenNotFound => Problem::new(StatusCode::NOT_FOUND, "token_not_found"),
            Refusal::InvitationNotFound => Problem::new(StatusCode::NOT_FOUND, "invitation_not_found"),
            Refusal::GroupNotFound => Problem::new(StatusCode::NOT_FOUND, "group_not_found"),
            Refusal::AbsenceNotFound => Problem::new(StatusCode::NOT_FOUND, "absence_not_found"),
            Refusal::LastAdministrator => Problem::new(StatusCode::CONFLICT, "last_administrator"),
            Refusal::NotWithToken => Problem::new(StatusCode::FORBIDDEN, "not_with_token"),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

impl From<rooms::Refusal> for Problem {
    fn from(refusal: rooms::Refusal) -> Self {
        use rooms::Refusal;
        match refusal {
            Refusal::RoomNotFound => Problem::new(StatusCode::NOT_FOUND, "room_not_found"),
            Refusal::NotAMember => Problem::new(StatusCode::FORBIDDEN, "not_a_member"),
            Refusal::OwnersOnly => Problem::new(StatusCode::FORBIDDEN, "owners_only"),
            Refusal::AuthorsOnly => Problem::new(StatusCode::FORBIDDEN, "authors_only"),
            Refusal::DirectRoom => Problem::new(StatusCode::CONFLICT, "direct_room"),
            Refusal::OrderRoom => Problem::new(StatusCode::CONFLICT, "order_room"),
            Refusal::MessageNotFound => Problem::new(StatusCode::NOT_FOUND, "message_not_found"),
            Refusal::MessageRecalled => Problem::new(StatusCode::GONE, "message_recalled"),
            Refusal::FileNotFound => Problem::new(StatusCode::NOT_FOUND, "file_not_found"),
            Refusal::FileTooLarge { max_bytes } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large").detail(format!("{max_bytes} B"))
            }
            Refusal::BrokenUpload => Problem::new(StatusCode::BAD_REQUEST, "broken_upload"),
            Refusal::Storage(object_store::Error::NotFound { .. }) => {
                Problem::new(StatusCode::NOT_FOUND, "file_not_found")
            }
            Refusal::Storage(error) => {
                tracing::error!(%error, "the file storage failed");
                Problem::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full")
            }
            Refusal::Account(refusal) => refusal.into(),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    /// A response that [`render`] fills in, because only there the reader's language is known.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The language of a signed-in person, for the problem that may answer this request.
#[derive(Debug, Clone, Default)]
pub struct ReaderLanguage(pub Arc<OnceLock<Language>>);

/// Gives every failed request a problem body.
pub async fn render(mut request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::random::<u64>());
    let language = ReaderLanguage::default();
    let accepted = accepted_language(request.headers());
    request.extensions_mut().insert(language.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None => of_status(status),
    };
    if problem.status.is_server_error() {
        tracing::error!(request.id = %id, "{method} {path} failed with {}: {}", problem.status.as_u16(), problem.slug);
    }
    let body = problem.body(language.0.get().copied().unwrap_or(accepted), Some(id));
    let mut rendered = (problem.status, Json(body)).into_response();
    rendered.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers_mut().remove(&name) {
            rendered.headers_mut().insert(name, value);
        }
    }
    if problem.status == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest of the request is not read, so the connection takes no other one.
        rendered.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    rendered
}

/// What the framework refused by itself.
fn of_status(status: StatusCode) -> Problem {
    let slug = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UPGRADE_REQUIRED => "not_a_websocket",
        status if status.is_client_error() => "bad_request",
        _ => "internal",
    };
    Problem::new(status, slug)
}

/// Chinese when the reader asks for it before English.
pub fn accepted_language(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    for tag in accepted.split(',').take(20) {
        let tag = tag.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if tag.starts_with("zh") {
            return Language::Chinese;
        }
        if tag.starts_with("en") {
            return Language::English;
        }
    }
    Language::English
}

fn title(slug: &str, language: Language) -> &'static str {
    let (english, chinese) = match slug {
        "not_signed_in" => ("Please sign in.", "请先登录。"),
        "session_ended" => ("The session has ended. Please sign in again.", "会话已结束,请重新登录。"),
        "wrong_password" => ("The user name or the password is wrong.", "用户名或密码不正确。"),
        "too_many_attempts" => ("Too many attempts. Please wait a moment.", "尝试次数过多,请稍候再试。"),
        "too_many_requests" => ("Too many requests. Please wait a moment.", "请求过于频繁,请稍候再试。"),
        "administrators_only" => ("Only administrators may do this.", "只有管理员可以这样做。"),
        "not_for_guests" => ("Guests may not do this.", "访客不能这样做。"),
        "person_not_found" => ("There is no such person.", "没有这个人。"),
        "session_not_found" => ("There is no such session.", "没有这个会话。"),
        "token_not_found" => ("There is no such token.", "没有这个令牌。"),
        "invitation_not_found" => {
            ("The invitation is used up, expired or was never made.", "邀请已用完、已过期或不存在。")
        }
        "last_administrator" => ("The last active administrator has to stay one.", "必须保留最后一位有效的管理员。"),
        "not_with_token" => {
            ("An API token may not do this. Please sign in with the password.", "API 令牌不能这样做,请用密码登录。")
        }
        "room_not_found" => ("There is no such room, or you are not in it.", "没有这个群,或者你不在群里。"),
        "not_a_member" => ("Join the room first.", "请先加入该群。"),
        "owners_only" => ("Only an owner of the room or an administrator may do this.", "只有群主或管理员可以这样做。"),
        "authors_only" => ("Only the author of the message may do this.", "只有消息的作者可以这样做。"),
        "direct_room" => ("This can not be done in a direct conversation.", "私聊中不能这样做。"),
        "order_room" => ("This can not be done in the room of an order.", "工单的群聊中不能这样做。"),
        "group_not_found" => ("There is no such group.", "没有这个组。"),
        "absence_not_found" => ("There is no such absence.", "没有这条委托。"),
        "message_not_found" => ("There is no such message.", "没有这条消息。"),
        "message_recalled" => ("The message was recalled.", "消息已被撤回。"),
        "file_not_found" => ("There is no such file.", "没有这个文件。"),
        "file_too_large" => ("The file is too large.", "文件过大。"),
        "image_not_supported" => ("Use a PNG, JPEG, WebP or GIF image.", "请使用 PNG、JPEG、WebP 或 GIF 图片。"),
        "broken_upload" => ("The file did not arrive whole. Please try again.", "文件未能完整上传,请重试。"),
        "storage_full" => ("The server's disk is full. Nothing was changed.", "服务器磁盘已满,未作任何更改。"),
        "not_ready" => ("This server is not ready.", "此服务器尚未就绪。"),
        "unavailable" => ("The server can not do this right now. Please try again.", "服务器暂时无法处理,请重试。"),
        "invalid_fields" => ("Please check the marked fields.", "请检查标出的字段。"),
        "malformed_json" => ("The request is not valid JSON.", "请求不是有效的 JSON。"),
        "wrong_shape" => ("The request has a missing, unknown or wrong field.", "请求中有缺失、未知或错误的字段。"),
        "wrong_media_type" => ("Send application/json.", "请发送 application/json。"),
        "wrong_query" => ("The address has a missing, unknown or wrong parameter.", "地址中有缺失、未知或错误的参数。"),
        "body_too_large" => ("The request is too large.", "请求过大。"),
        "foreign_origin" => ("The request comes from another site.", "请求来自其他网站。"),
        "not_a_websocket" => ("Open this address as a WebSocket.", "请以 WebSocket 方式打开此地址。"),
        "text_only" => ("Send text messages only.", "只能发送文本消息。"),
        "too_many_logs" => ("Too many rooms are followed on this connection.", "此连接关注的群过多。"),
        "not_found" => ("There is nothing at this address.", "此地址没有内容。"),
        "method_not_allowed" => ("This can not be done at this address.", "此地址不支持该操作。"),
        "bad_request" => ("The request can not be understood.", "无法理解该请求。"),
        slug => super::order_problem::title(slug)
            .or_else(|| super::inventory_problem::title(slug))
            .or_else(|| super::release_problem::title(slug))
            .or_else(|| super::outbox_problem::title(slug))
            .unwrap_or(("Something went wrong on the server.", "服务器出错了。")),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// The stable code of a rule and its words.
fn rule_text(rule: Rule, language: Language) -> (&'static str, String) {
    let (code, english, chinese) = match rule {
        Rule::Required => ("required", "Please fill this in.".into(), "请填写此项。".into()),
        Rule::TooLong(max) => ("too_long", format!("At most {max} characters."), format!("最多 {max} 个字符。")),
        Rule::TooShort(min) => ("too_short", format!("At least {min} characters."), format!("至少 {min} 个字符。")),
        Rule::ControlCharacters => {
            ("control_characters", "Contains control characters.".into(), "含有控制字符。".into())
        }
        Rule::Invalid => ("invalid", "This is not valid.".into(), "格式不正确。".into()),
        Rule::OutOfRange(min, max) => {
            ("out_of_range", format!("From {min} to {max}."), format!("范围为 {min} 到 {max}。"))
        }
        Rule::Taken => ("taken", "This is taken already.".into(), "已被占用。".into()),
        Rule::Wrong => ("wrong", "This is wrong.".into(), "不正确。".into()),
        Rule::Unknown => ("unknown", "There is no such thing.".into(), "不存在。".into()),
        Rule::TooMany(max) => ("too_many", format!("At most {max}."), format!("最多 {max} 个。")),
    };
    (code, if language == Language::English { english } else { chinese })
}
