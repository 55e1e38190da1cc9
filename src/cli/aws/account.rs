//! The account behind the command line: opened at the first call, for reading as long as nothing is changed.

use crate::aws::{Endpoint, Request, ServiceError, is_simulated};
use crate::catalog::cluster_config::ClusterConfig;
use crate::catalog::releases;
use crate::cli::cloud::{Cloud, current_cluster, region_of};
use crate::cli::{Session, own};
use crate::json;
use crate::machinery::{Duration, Time, Value};
use crate::store::{Access, Store};
use std::cell::{Cell, RefCell};

/// The account and the clusters of a region.
pub(super) struct Account<'s> {
    session: &'s Session,
    /// The current cluster, until the cloud around it is opened.
    current: Cell<Option<Store>>,
    /// Open with this access, in this region.
    open: RefCell<Option<(Access, Option<String>, Cloud)>>,
    /// The cluster of the last request to EKS: waiting for something of it is waiting in its time.
    about: Option<String>,
}

impl<'s> Account<'s> {
    pub(super) fn of(session: &'s Session) -> Account<'s> {
        let current = Cell::new(current_cluster(session));
        Account { session, current, open: RefCell::new(None), about: None }
    }

    /// The region of requests that name none.
    pub(super) fn region_in_use(&mut self) -> String {
        region_of(self.current.get_mut().as_ref())
    }

    /// Runs `work` with the cloud open at least so far.
    fn with<T>(
        &self,
        access: Access,
        region: Option<&str>,
        work: impl FnOnce(&Cloud) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut open = self.open.borrow_mut();
        let fits = open.as_ref().is_some_and(|(so_far, there, _)| {
            (*so_far == Access::Write || access == Access::Read)
                && (region.is_none() || there.as_deref() == region)
        });
        if !fits {
            let region = region.map(str::to_string).or_else(|| open.take().and_then(|(_, region, _)| region));
            drop(open.take());
            let cloud = match self.current.take() {
                Some(current) => Cloud::around(Some(current), self.session, region.as_deref(), access)?,
                None => Cloud::open(self.session, region.as_deref(), access)?,
            };
            *open = Some((access, region, cloud));
        }
        match open.as_ref() {
            Some((.., cloud)) => work(cloud),
            None => anyhow::bail!("the account is not open"),
        }
    }
}

/// Whether an operation only looks.
fn reads(operation: &str) -> bool {
    ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb))
}

impl Account<'_> {
    /// Makes the file of a cluster that EKS would make; answers what EKS says of it.
    fn create_cluster(&mut self, request: &Request) -> anyhow::Result<Value> {
        let input = &request.input;
        let mode = match input.str_at("accessConfig/authenticationMode") {
            "" => "CONFIG_MAP",
            mode => mode,
        };
        let mut document = json!({
            "metadata": {"name": (input.at("name")), "region": (request.region.as_str())},
            "accessConfig": (input.at("accessConfig")),
        });
        document.set("accessConfig/authenticationMode", mode);
        if !input.str_at("version").is_empty() {
            document.set("metadata/version", input.at("version"));
        }
        let config = ClusterConfig::from_value(&document)?;
        let start = own::clock_in_use(self.session).unwrap_or_else(|| releases::released(config.version));
        drop(self.open.take());
        own::create_control_plane(self.session, &config, start.truncated(), input)?;
        self.current.set(current_cluster(self.session));
        let described = Request {
            operation: "DescribeCluster".into(),
            input: json!({"name": (input.at("name"))}),
            ..request.clone()
        };
        Ok(self.with(Access::Read, Some(&request.region), |cloud| Ok(cloud.door().call(&described)))??)
    }

    fn delete_cluster(&mut self, request: &Request) -> anyhow::Result<()> {
        drop(self.open.take());
        own::delete_cluster(self.session, request.input.str_at("name"), &request.region)
    }

    /// What is beyond the reach of the door: files of clusters come and go.
    fn carry_out(&mut self, request: &Request, answer: Value) -> Result<Value, ServiceError> {
        let done = match request.operation.as_str() {
            "CreateCluster" => self.create_cluster(request),
            "DeleteCluster" => self.delete_cluster(request).map(|()| answer),
            _ => Ok(answer),
        };
        done.map_err(unavailable)
    }
}

fn unavailable(e: anyhow::Error) -> ServiceError {
    ServiceError::new(400, "AccountUnavailable", e.to_string())
}

impl Endpoint for Account<'_> {
    fn call(&mut self, request: &Request) -> Result<Value, ServiceError> {
        let access = if reads(&request.operation) { Access::Read } else { Access::Write };
        let answer = self.with(access, Some(&request.region), |cloud| {
            let answer = cloud.door().call(request);
            if access == Access::Write && answer.is_ok() {
                cloud.finish()?;
            }
            Ok(answer)
        });
        match answer {
            Ok(Ok(value)) if request.service == "eks" => {
                let named = ["clusterName", "name"].map(|member| request.input.str_at(member));
                self.about = named.into_iter().find(|name| !name.is_empty()).map(str::to_string);
                self.carry_out(request, value)
            }
            Ok(Ok(value)) => Ok(value),
            other => {
                // What a refused call may have begun to write is dropped with the account.
                if access == Access::Write {
                    self.open.replace(None);
                }
                other.unwrap_or_else(|e| Err(unavailable(e)))
            }
        }
    }

    fn simulates(&self, service: &str, operation: &str) -> bool {
        is_simulated(service, operation)
    }

    fn now(&self) -> Time {
        self.with(Access::Read, None, |cloud| Ok(cloud.door().now())).unwrap_or_default()
    }

    fn pass(&mut self, time: Duration) {
        let about = self.about.clone();
        let passed = self.with(Access::Write, None, |cloud| cloud.pass_in(about.as_deref(), time));
        if let Err(e) = passed {
            self.session.eprintln(&e.to_string());
        }
    }
}
