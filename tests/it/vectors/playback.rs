//! Who acts in a recorded cluster: nobody but the recorder, who wrote through the API at recorded instants, and a
//! metrics server whose figures were recorded.

use super::harness;
use super::requests::{self, Request};
use kubetick::actors::{Actor, Ctx};
use kubetick::api::{AggregatedApi, ApiError, Resource, Server, stored_under};
use kubetick::cli::Inhabitants;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::store::{Change, Store};

pub const INHABITANTS: Inhabitants =
    Inhabitants { actors: || vec![Box::new(Recorder)], metrics: || Box::new(RecordedMetrics) };

const RECORDER: &str = "recorder";

/// Whether others did something while the command ran.
pub fn is_scripted(case: &Value) -> bool {
    !case.items_at("script").is_empty() || !case.items_at("watch").is_empty()
}

/// How long a watch went on before it was interrupted.
pub fn lasts(case: &Value) -> String {
    let whole = match case.at("killed_after_s").as_f64() {
        Some(seconds) => Duration::from_secs_f64(seconds),
        None => {
            let instants = case.items_at("watch").iter().filter_map(|w| Time::parse(w.str_at("now")));
            let start = Time::parse(case.str_at("now")).expect("now");
            instants.max().map_or(Duration::from_secs(1), |last| last.since(start) + Duration::from_secs(1))
        }
    };
    format!("{}ms", whole.as_nanos() / 1_000_000)
}

/// Puts what others will do on the agenda, and where the figures are.
pub fn prepare(store: &Store, state: &str, case: &Value) {
    let start = Time::parse(case.str_at("now")).expect("now");
    let scripted = case.items_at("script").iter().map(|write| {
        let after = Duration::from_secs_f64(write.at("at_s").as_f64().unwrap_or(0.0));
        (start + after, write)
    });
    let watched =
        case.items_at("watch").iter().map(|w| (Time::parse(w.str_at("now")).expect("an instant"), w));
    for (n, (at, write)) in scripted.chain(watched).enumerate() {
        let key = format!("{n:04}");
        store.remember(RECORDER, &key, write.clone());
        store.wake(RECORDER, 0, &key, at);
    }
    let figures = state.replace(".json", "-metrics.json").trim_end_matches(".gz").to_string();
    store.remember(RECORDER, "metrics", json!(figures));
}

/// Makes the recorded writes.
struct Recorder;

impl Actor for Recorder {
    fn name(&self) -> &'static str {
        RECORDER
    }

    fn rank(&self) -> u8 {
        0
    }

    fn watches(&self) -> &'static [&'static str] {
        &[]
    }

    fn react(&mut self, _: &Change, _: &Ctx<'_>) {}

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let write = ctx.memory(key);
        match write.str_at("op") {
            "" => {
                let text = write.at("body").to_json();
                let request = Request {
                    method: write.str_at("method"),
                    path: write.str_at("path"),
                    media: write.str_at("contentType"),
                    text: &text,
                };
                let answer = requests::answer(ctx.api, &request);
                answer.unwrap_or_else(|e| panic!("{} {}: {e}", request.method, request.path));
            }
            op => put(ctx.api, op, Object(write.at("object").clone())),
        }
        Ok(())
    }
}

/// An object as it was seen after a write.
fn put(api: &Server, op: &str, object: Object) {
    let resource = api.resource_of(&object).or_else(|| api.resource("horizontalpodautoscalers.autoscaling"));
    let stored = stored_under(&resource.expect("a kind"));
    match op {
        "DELETED" => drop(api.store().remove(&stored, object.namespace(), object.name())),
        _ => drop(api.store().put(&stored, object)),
    }
}

/// The recorded metrics server: constant figures.
struct RecordedMetrics;

impl AggregatedApi for RecordedMetrics {
    fn group(&self) -> &'static str {
        "metrics.k8s.io"
    }

    fn list(&self, api: &Server, resource: &Resource, ns: &str) -> Result<Vec<Object>, ApiError> {
        let file = api.store().memory(RECORDER, "metrics");
        let figures = Value::parse(&harness::text(file.as_str().unwrap_or(""))).expect("figures");
        let of_kind = figures.items_at(&resource.plural).iter();
        let objects = of_kind.map(|figure| {
            let mut object = Object(figure.clone());
            object.set("apiVersion", "metrics.k8s.io/v1beta1");
            object.set("kind", resource.kind.as_ref());
            object
        });
        Ok(objects.filter(|o| ns.is_empty() || o.namespace() == ns).collect())
    }

    fn get(&self, api: &Server, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
        let found = self.list(api, resource, ns)?.into_iter().find(|o| o.name() == name);
        found.ok_or_else(|| {
            let mut error = ApiError::not_found(resource, name);
            if resource.plural == "pods" {
                error.message = format!("podmetrics.metrics.k8s.io \"{ns}/{name}\" not found");
            }
            error
        })
    }
}
