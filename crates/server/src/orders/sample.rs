//! What a new site shows: four flows, a group or two, and orders that wait.

use flow::form::Values;
use serde_json::json;

use super::flows::compile;
use super::model::Draft;
use super::{Orders, Refusal};
use crate::accounts::{Caller, PersonChanges};

/// The flows that come with the product.
pub const FLOWS: [&str; 4] = [
    include_str!("../../../flow/flows/leave.yaml"),
    include_str!("../../../flow/flows/purchase.yaml"),
    include_str!("../../../flow/flows/access.yaml"),
    include_str!("../../../flow/flows/website.yaml"),
];

/// The people of the sample team.
#[derive(Debug)]
pub struct SampleTeam {
    pub admin: Caller,
    pub zhangkun: Caller,
    pub fulele: Caller,
    pub jiawenlong: Caller,
}

impl Orders {
    /// Gives the sample team groups, managers, flows, and two orders that wait: one for the administrator, one for a manager.
    pub async fn create_samples(&self, team: &SampleTeam) -> Result<(), Refusal> {
        let SampleTeam { admin, zhangkun, fulele, jiawenlong } = team;
        let groups = [
            ("leads", "组长 Leads", vec![admin.id(), fulele.id()]),
            ("finance", "财务 Finance", vec![admin.id(), fulele.id(), jiawenlong.id()]),
            ("ops", "运维 Operations", vec![admin.id(), fulele.id(), jiawenlong.id()]),
        ];
        for (name, title, people) in groups {
            self.accounts.create_group(admin, name, title, people).await?;
        }
        for (person, manager) in [(zhangkun, admin), (fulele, admin), (jiawenlong, fulele)] {
            let changes = PersonChanges { manager: Some(Some(manager.id())), ..PersonChanges::default() };
            self.accounts.change_person(admin, person.id(), changes).await?;
        }
        for yaml in FLOWS {
            let flow = compile(yaml)?.definition().flow.clone();
            self.write_flow(None, flow, yaml.to_owned(), "随产品提供 · Comes with the product".into()).await?;
        }
        let leave = json!({ "kind": "annual", "from": "2026-12-24", "to": "2026-12-25", "days": 2 });
        self.create_sample(zhangkun, "leave", leave).await?;
        let items = json!([
            { "name": "温度传感器 Temperature sensor", "count": 4, "price": "1200.00" },
            { "name": "网关 Gateway", "count": 1, "price": "2000.00" },
        ]);
        let purchase = json!({ "what": "机房温度监测 Server room sensors", "items": items, "supplier": "Lab & Co" });
        self.create_sample(jiawenlong, "purchase", purchase).await
    }

    async fn create_sample(&self, requester: &Caller, flow: &str, form: serde_json::Value) -> Result<(), Refusal> {
        let form: Values = serde_json::from_value(form).unwrap_or_default();
        let draft = Draft { form, ..Draft::default() };
        let order = self.create_draft(requester, format!("sample-{flow}-draft"), flow, draft.clone()).await?;
        self.submit(requester, order.id, format!("sample-{flow}"), draft).await?;
        Ok(())
    }
}
