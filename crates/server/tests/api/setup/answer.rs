use http::HeaderMap;
use serde_json::Value;

/// An HTTP answer that arrived whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of an answer that has to be good; null when it is empty.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem of an answer that has to be this refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, slug: &str) -> Value {
        let problem = self.problem();
        assert_eq!(
            (self.status, problem["type"].as_str().unwrap()),
            (status, format!("/problems/{slug}").as_str()),
            "{problem}"
        );
        problem
    }

    /// The code of the one field that has to be wrong.
    #[track_caller]
    pub fn wrong_field(&self, field: &str, code: &str) {
        let problem = self.refused(422, "invalid_fields");
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&field.into(), &code.into()));
        assert!(!error["message"].as_str().unwrap().is_empty());
    }

    /// Any problem, in the shape that all of them have.
    #[track_caller]
    pub fn problem(&self) -> Value {
        assert!(self.status >= 400, "{}: {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert!(problem["type"].as_str().unwrap().starts_with("/problems/"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["request_id"].as_str().unwrap().is_empty());
        problem
    }
}
