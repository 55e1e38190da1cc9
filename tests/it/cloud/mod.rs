//! The cloud under the cluster: groups and their instances, the nodes they become, what AWS refuses.

mod access;
mod balancers;
mod capacity;
mod cloudformation;
mod commands;
mod eksctl;
mod fargate;
mod groups;
mod hooks;
mod identity;
mod machines;
mod upgrades;
mod warm_pools;
mod zones;

use kubetick::api::Server;
use kubetick::aws::{Caller, Door, Endpoint, Places, Request, ServiceError, provision};
use kubetick::catalog::bootstrap;
use kubetick::catalog::cluster_config::ClusterConfig;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::sim::Engine;
use kubetick::store::Store;

/// A cluster with one managed group of two to five nodes.
struct World {
    _dir: tempfile::TempDir,
    api: Server,
}

const CONFIG: &str = "
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: lab, region: ap-northeast-2, version: \"1.30\"}
managedNodeGroups:
  - {name: ng1, instanceType: t3.medium, minSize: 2, desiredCapacity: 2, maxSize: 5}
";

impl World {
    fn new() -> World {
        World::of(CONFIG, "2024-06-03T00:00:00Z")
    }

    /// The cluster of a configuration whose first command runs at an instant.
    fn of(config: &str, start: &str) -> World {
        let dir = tempfile::tempdir().unwrap();
        let config = ClusterConfig::parse(config).unwrap();
        let start = Time::parse(start).unwrap();
        let store = Store::create(&dir.path().join("c.db"), bootstrap::meta(&config, 1, start)).unwrap();
        let world = World { _dir: dir, api: Server::new(store) };
        bootstrap::fill(&world.api, &config);
        provision::cluster(world.api.store());
        world.run_to(start - bootstrap::NODES_AGE);
        provision::join(&world.api, &config);
        world.run_to(start);
        world
    }

    fn run_to(&self, at: Time) {
        Engine::new(&self.api).run_until(at);
    }

    fn run(&self, seconds: i64) {
        self.run_to(self.api.now() + Duration::from_secs(seconds));
    }

    fn call_as(&self, caller: Caller, what: &str, input: Value) -> Result<Value, ServiceError> {
        let (service, operation) = what.split_once(':').unwrap();
        let request = Request {
            service: service.into(),
            operation: operation.into(),
            region: "ap-northeast-2".into(),
            input,
        };
        Door { places: Places::of_program(&self.api, caller) }.call(&request)
    }

    fn call(&self, what: &str, input: Value) -> Result<Value, ServiceError> {
        self.call_as(Caller::User, what, input)
    }

    /// A call that is refused: code and message.
    fn refused(&self, what: &str, input: Value) -> (String, String) {
        let error = self.call(what, input).unwrap_err();
        (error.code, error.message)
    }

    /// The one group.
    fn group(&self) -> Value {
        let answer = self.call("autoscaling:DescribeAutoScalingGroups", Value::object()).unwrap();
        answer.items_at("AutoScalingGroups")[0].clone()
    }

    fn group_name(&self) -> String {
        self.group().str_at("AutoScalingGroupName").to_string()
    }

    fn nodes(&self) -> Vec<Object> {
        self.api.list("nodes", "")
    }

    fn ready(&self) -> usize {
        self.nodes().iter().filter(|n| n.condition_true("Ready")).count()
    }
}
