//! What the sample team releases to: a fleet of two that is this very machine.

use super::{Inventory, NewHost, Place, Refusal};
use crate::accounts::{Caller, Grant, Permission};

impl Inventory {
    /// Two hosts, an application and its environments, which these people may release it to.
    pub async fn create_samples(&self, admin: &Caller, people: &[&Caller]) -> Result<(), Refusal> {
        let place = |name: &str, title: &str| Place { name: name.into(), title: title.into() };
        self.set_applications(admin, vec![place("web", "网站 Website")]).await?;
        let environments = vec![place("staging", "预发 Staging"), place("production", "生产 Production")];
        self.set_environments(admin, environments).await?;
        self.create_host_group(admin, "web", "网站服务器 Web servers", Vec::new()).await?;
        for name in ["web-1", "web-2"] {
            let host = NewHost {
                name: name.into(),
                address: "local".into(),
                port: 22,
                username: "deploy".into(),
                labels: vec!["sample".into()],
                note: "这台机器上的一个文件夹 · A folder on this machine".into(),
                groups: vec!["web".into()],
            };
            self.create_host(admin, host).await?;
        }
        for person in people {
            let (application, environment) = (Some("web".to_owned()), Some("*".to_owned()));
            let grant = Grant { permission: Permission::StartRelease, application, environment };
            self.accounts.set_permissions(admin, person.id(), vec![grant]).await?;
        }
        Ok(())
    }
}
