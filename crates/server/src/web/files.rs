use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Web;
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::rooms::{File, INLINE};

/// A file of somebody never runs anything, even when it is opened by its address.
pub const FILE_POLICY: &str = "default-src 'none'; sandbox";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The file's name.
    name: String,
}

/// Uploads a file for a message that is going to be sent to the room.
#[utoipa::path(post, path = "/api/rooms/{id}/files", tag = "rooms", params(("id" = i64, Path), UploadQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = File)))]
pub async fn upload(
    State(web): State<Web>,
    caller: Caller,
    Path(room): Path<i64>,
    Query(UploadQuery { name }): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Answer<File>), Problem> {
    web.count(caller.id())?;
    let max_bytes = web.rooms.max_file_bytes();
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_bytes) {
        // Refused before it travels.
        return Err(crate::rooms::Refusal::FileTooLarge { max_bytes }.into());
    }
    let file = web.rooms.upload(&caller, room, &name, body.into_data_stream()).await?;
    Ok((StatusCode::CREATED, Answer(file)))
}

/// A file's bytes. Images are shown, everything else is downloaded.
#[utoipa::path(get, path = "/api/files/{id}", tag = "rooms", params(("id" = String, Path)), responses((status = 200, description = "the bytes", content_type = "application/octet-stream")))]
pub async fn file(State(web): State<Web>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let (file, bytes) = web.rooms.file(&caller, &id).await?;
    let inline = INLINE.contains(&file.media_type.as_str());
    let media_type = if inline { file.media_type.clone() } else { "application/octet-stream".into() };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(inline, &file.name)),
        (HeaderName::from_static("content-security-policy"), FILE_POLICY.into()),
        // A recalled file is gone; what a browser keeps it shows only for an hour.
        (header::CACHE_CONTROL, "private, max-age=3600".into()),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

/// RFC 6266, with the name in UTF-8 as RFC 8187 says.
pub fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_break_out_of_its_header() {
        assert_eq!(disposition(false, "a\"\r\n图.png"), "attachment; filename*=UTF-8''a%22%0D%0A%E5%9B%BE.png");
    }
}
