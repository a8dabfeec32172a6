//! The description of the HTTP interface: for programs as OpenAPI, for people as a page.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::header;
use serde_json::Value;
use utoipa::OpenApi;

use super::Web;
use super::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Rooms, people and sessions. docs/protocol.md explains how the parts fit together."
    ),
    components(schemas(
        ProblemBody,
        flow::form::Choice,
        flow::form::FieldKind,
        super::live_messages::Control,
        super::live_messages::ServerMessage
    ))
)]
struct Description;

static JSON: LazyLock<String> = LazyLock::new(openapi_json);
static PAGE: LazyLock<String> = LazyLock::new(|| page(&serde_json::from_str(&JSON).unwrap_or_default()));

/// The OpenAPI description. Every operation may also answer with a problem.
pub fn openapi_json() -> String {
    let (_, mut api) = super::api().split_for_parts();
    api.merge(Description::openapi());
    let mut description = serde_json::to_value(&api).unwrap_or_default();
    description["info"]["title"] = "Countersign".into();
    description["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    let problem = serde_json::json!({
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    });
    require_everything_in_answers(&mut description);
    open_parts(&mut description);
    for operation in operations(&mut description) {
        operation["responses"]["default"] = problem.clone();
    }
    description["components"]["securitySchemes"] = serde_json::json!({
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "countersign_session"}
    });
    description["security"] = serde_json::json!([{"token": []}, {"session": []}]);
    serde_json::to_string_pretty(&description).unwrap_or_default()
}

/// Parts of the engine that leave out what is not set, so that a flow as text stays short.
const SHORT: [&str; 6] = ["Definition", "Diagram", "DiagramChanges", "GraphModel", "LegalMove", "TreeModel"];

/// Answers carry all of their fields, whether null or not; only what a client sends may leave some out.
fn require_everything_in_answers(description: &mut Value) {
    let mut sent: Vec<String> = ["Control"].into_iter().chain(SHORT).map(str::to_owned).collect();
    for operation in operations(description) {
        sent.extend(references(&operation["requestBody"]));
    }
    let Some(schemas) = description["components"]["schemas"].as_object_mut() else { return };
    let mut seen = 0;
    while seen < sent.len() {
        let inner = schemas.get(&sent[seen]).map(references).unwrap_or_default();
        sent.extend(inner.into_iter().filter(|name| !sent.contains(name)).collect::<Vec<_>>());
        seen += 1;
    }
    for (name, schema) in schemas.iter_mut() {
        if !sent.contains(name) {
            require_everything(schema);
        }
    }
}

/// A schema that is part of another one does not know all of its fields.
fn open_parts(description: &mut Value) {
    let Some(schemas) = description["components"]["schemas"].as_object_mut() else { return };
    let parts: Vec<String> = schemas.values().flat_map(parts_of).collect();
    for name in parts {
        if let Some(schema) = schemas.get_mut(&name).and_then(Value::as_object_mut) {
            schema.remove("additionalProperties");
        }
    }
}

/// The names of the schemas that stand in an `allOf` of this one.
fn parts_of(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => {
            let own = fields.get("allOf").and_then(Value::as_array).into_iter().flatten().flat_map(references);
            own.chain(fields.values().flat_map(parts_of)).collect()
        }
        Value::Array(items) => items.iter().flat_map(parts_of).collect(),
        _ => Vec::new(),
    }
}

fn require_everything(schema: &mut Value) {
    // Of a problem, and of a message that was never recalled, what does not apply is left out.
    const OPTIONAL: [&str; 6] = ["detail", "errors", "decided", "draft", "request_id", "recalled"];
    if let Some(properties) = schema["properties"].as_object() {
        let names: Vec<String> = properties.keys().filter(|name| !OPTIONAL.contains(&name.as_str())).cloned().collect();
        schema["required"] = names.into();
    }
    for list in ["oneOf", "allOf"] {
        schema[list].as_array_mut().into_iter().flatten().for_each(require_everything);
        if schema[list].is_null() {
            schema.as_object_mut().map(|schema| schema.remove(list));
        }
    }
}

/// The names of the schemas that a part of the description refers to.
fn references(part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(|name| Some(name.as_str()?.rsplit('/').next()?.to_owned()));
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn operations(description: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = description["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    paths.flat_map(|path| path.as_object_mut().into_iter().flat_map(|methods| methods.values_mut()))
}

pub fn router() -> Router<Web> {
    Router::new()
        .route("/api/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], JSON.as_str()) }))
        .route("/api/docs", get(|| async { Html(PAGE.as_str()) }))
}

/// A page without scripts that lists every operation with its parameters, body and answers.
fn page(description: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Countersign API</title><link rel=\"stylesheet\" href=\"/docs.css\"><main><h1>Countersign API</h1>\
         <p>For programs: <a href=\"/api/openapi.json\">openapi.json</a>. Authorize with <code>Authorization: Bearer &lt;token&gt;</code>; tokens are made in the profile.</p>",
    );
    let empty = serde_json::Map::new();
    for (path, methods) in description["paths"].as_object().unwrap_or(&empty) {
        for (method, operation) in methods.as_object().unwrap_or(&empty) {
            let summary = operation["summary"].as_str().unwrap_or("");
            let _ = write!(
                page,
                "<section><h2><code>{} {}</code></h2><p>{}</p>",
                method.to_uppercase(),
                escape(path),
                escape(summary)
            );
            parameters(&mut page, operation);
            if let Some(body) = operation["requestBody"]["content"].as_object() {
                for (media_type, content) in body {
                    let _ = write!(
                        page,
                        "<p>Takes <code>{}</code> {}</p>",
                        escape(media_type),
                        type_of(&content["schema"])
                    );
                }
            }
            for (status, response) in operation["responses"].as_object().unwrap_or(&empty) {
                if status != "default" {
                    let content = response["content"].as_object().and_then(|content| content.values().next());
                    let schema = content.map_or(String::new(), |content| type_of(&content["schema"]));
                    let _ = write!(page, "<p>Answers {} {schema}</p>", escape(status));
                }
            }
            page.push_str("</section>");
        }
    }
    page.push_str("<h1>Types</h1>");
    for (name, schema) in description["components"]["schemas"].as_object().unwrap_or(&empty) {
        let text = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(page, "<section id=\"{0}\"><h2>{0}</h2><pre>{1}</pre></section>", escape(name), escape(&text));
    }
    page.push_str("</main></html>");
    page
}

fn parameters(page: &mut String, operation: &Value) {
    let Some(parameters) = operation["parameters"].as_array() else {
        return;
    };
    page.push_str("<ul>");
    for parameter in parameters {
        let text = |key: &str| escape(parameter[key].as_str().unwrap_or(""));
        let _ = write!(page, "<li><code>{}</code> ({}) {}</li>", text("name"), text("in"), text("description"));
    }
    page.push_str("</ul>");
}

fn type_of(schema: &Value) -> String {
    match schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        Some(name) => format!("<a href=\"#{0}\"><code>{0}</code></a>", escape(name)),
        None => String::new(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_was_built_for_this_description() {
        let known: Value = serde_json::from_str(include_str!("../../../../web/src/api/openapi.json")).unwrap();
        let own: Value = serde_json::from_str(&openapi_json()).unwrap();
        assert!(known == own, "run `npm run types` in web/");
    }
}
