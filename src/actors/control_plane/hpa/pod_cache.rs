//! The pods of autoscalers as they were read last: a pass that finds nothing changed reads nothing again.

use super::pods::PodView;
use crate::actors::Ctx;
use crate::actors::load::scrapes::ScrapeTarget;
use crate::machinery::Object;
use crate::machinery::selector::LabelSelector;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What autoscalers selected last, by autoscaler.
#[derive(Default)]
pub(super) struct PodCache {
    selections: BTreeMap<String, Selection>,
}

/// What a selector selected in a namespace, in name order.
#[derive(Default)]
pub(super) struct Selection {
    selector: LabelSelector,
    /// Of the pods of the namespace; nothing before they were read.
    revision: Option<u64>,
    pods: Vec<SelectedPod>,
    /// Of the meters behind the scrape targets.
    meters: Option<u64>,
}

/// A pod with what passes need to know of it.
pub(super) struct SelectedPod {
    object: Object,
    /// As the controller's informer shows it.
    pub view: Arc<PodView>,
    /// As metrics-server finds it; none while it does not run.
    pub target: Option<ScrapeTarget>,
}

impl SelectedPod {
    fn new(ctx: &Ctx<'_>, object: Object, neighbour: Option<&SelectedPod>) -> SelectedPod {
        let mut view = PodView::new(&object);
        // Equal labels are the same labels: comparing them again is comparing two pointers.
        if let Some(neighbour) = neighbour.filter(|n| n.view.labels == view.labels) {
            view.labels = neighbour.view.labels.clone();
        }
        let view = Arc::new(view);
        let target = ScrapeTarget::new(ctx.api, &object);
        SelectedPod { object, view, target }
    }
}

impl PodCache {
    /// What the autoscaler `hpa` selects now.
    pub fn select(
        &mut self,
        ctx: &Ctx<'_>,
        hpa: &Object,
        ns: &str,
        selector: &LabelSelector,
    ) -> &mut Selection {
        let selection = self.selections.entry(hpa.key()).or_default();
        let revision = Some(ctx.api.store().revision_of("pods", ns));
        if selection.revision != revision || selection.selector != *selector {
            selection.read(ctx, ns, selector);
            selection.revision = revision;
        }
        selection
    }
}

impl Selection {
    /// The pods.
    pub fn pods(&self) -> &[SelectedPod] {
        &self.pods
    }

    /// The pods with their meters as they are now.
    pub fn metered(&mut self, ctx: &Ctx<'_>) -> &[SelectedPod] {
        let version = Some(ScrapeTarget::version(ctx.api));
        if self.meters != version {
            for target in self.pods.iter_mut().filter_map(|pod| pod.target.as_mut()) {
                target.refresh(ctx.api);
            }
            self.meters = version;
        }
        &self.pods
    }

    fn read(&mut self, ctx: &Ctx<'_>, ns: &str, selector: &LabelSelector) {
        let mut before = std::mem::take(&mut self.pods).into_iter().peekable();
        for pod in ctx.api.pods_matching(ns, selector) {
            while before.next_if(|old| old.object.name() < pod.name()).is_some() {}
            let same = before.next_if(|old| old.object == pod);
            let pod = same.unwrap_or_else(|| SelectedPod::new(ctx, pod, self.pods.last()));
            self.pods.push(pod);
        }
        self.selector = selector.clone();
    }
}
