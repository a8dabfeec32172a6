//! What is said about refused releases.

use http::StatusCode;

use super::problem::Problem;
use crate::releases::Refusal;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let new = Problem::new;
        match refusal {
            Refusal::OutputNotFound => new(StatusCode::NOT_FOUND, "output_not_found"),
            Refusal::ArtifactNotFound => new(StatusCode::NOT_FOUND, "artifact_not_found"),
            Refusal::NoRollback => new(StatusCode::CONFLICT, "no_rollback"),
            Refusal::HowToRelease => new(StatusCode::UNPROCESSABLE_ENTITY, "how_to_release"),
            Refusal::NothingReleases { application } => new(StatusCode::NOT_FOUND, "nothing_releases").words(
                format!("没有流程以这种方式发布 {application}。"),
                format!("No flow releases {application} like this."),
            ),
            Refusal::Ambiguous { application, flows } => {
                let flows = flows.join(", ");
                new(StatusCode::CONFLICT, "release_ambiguous").words(
                    format!("有多个流程发布 {application}:{flows}。请在“发起工单”中选择。"),
                    format!("Several flows release {application}: {flows}. Start the order from the catalogue."),
                )
            }
            Refusal::NeedsMore { draft, refusal } => {
                let problem = Problem::from(*refusal);
                problem.words(
                    format!("表单还需要补填,草稿已保存:/orders/{draft}"),
                    format!("The form needs more; the draft is kept: /orders/{draft}"),
                )
            }
            Refusal::Storage(object_store::Error::NotFound { .. }) => new(StatusCode::NOT_FOUND, "artifact_not_found"),
            Refusal::Storage(error) => {
                tracing::error!(%error, "the file storage failed");
                new(StatusCode::INSUFFICIENT_STORAGE, "storage_full")
            }
            Refusal::File(error) => {
                tracing::error!(%error, "a file of a release could not be written");
                new(StatusCode::INSUFFICIENT_STORAGE, "storage_full")
            }
            Refusal::Inventory(refusal) => refusal.into(),
            Refusal::Order(refusal) => refusal.into(),
            Refusal::Room(refusal) => refusal.into(),
            Refusal::Account(refusal) => refusal.into(),
            Refusal::Field(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}

/// In English and Chinese.
pub fn title(slug: &str) -> Option<(&'static str, &'static str)> {
    Some(match slug {
        "output_not_found" => ("There is no such output, or it is not yours.", "没有这个输出,或者与你无关。"),
        "artifact_not_found" => ("There is no such artifact, or it is not yours.", "没有这个产物,或者与你无关。"),
        "no_rollback" => ("That release can not be brought back here.", "不能回滚到该次发布。"),
        "how_to_release" => ("Write /release APPLICATION VERSION [ENVIRONMENT].", "请写:/release 应用 版本 [环境]。"),
        "nothing_releases" => ("No flow releases this.", "没有发布它的流程。"),
        "release_ambiguous" => ("Several flows release this.", "有多个流程发布它。"),
        _ => return None,
    })
}
