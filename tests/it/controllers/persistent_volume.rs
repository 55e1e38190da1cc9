use super::{Lab, obedient};
use kubetick::actors::Actor;
use kubetick::actors::control_plane::persistent_volume::PersistentVolumeController;
use kubetick::json;
use kubetick::machinery::{Duration, Object};

fn controller() -> Box<dyn Actor> {
    Box::new(PersistentVolumeController)
}

fn run(lab: &Lab, seconds: i64) {
    lab.run(controller, Duration::from_secs(seconds), obedient);
}

fn class(lab: &Lab, mode: &str) {
    let mut class = Object::new("storage.k8s.io/v1", "StorageClass", "", "gp3");
    class.set("provisioner", "ebs.csi.aws.com");
    class.set("volumeBindingMode", mode);
    lab.api.create(class).unwrap();
}

fn claim(lab: &Lab) -> Object {
    lab.post(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3",
                 "resources": {"requests": {"storage": "5Gi"}}},
    }))
}

fn phase(lab: &Lab) -> String {
    lab.api.get("persistentvolumeclaims", "shop", "data").unwrap().str_at("status/phase").to_string()
}

#[test]
fn a_claim_gets_a_volume_and_takes_it_along() {
    let lab = Lab::new();
    class(&lab, "Immediate");
    let made = claim(&lab);
    run(&lab, 1);
    assert_eq!(phase(&lab), "Pending");
    run(&lab, 4);
    assert_eq!(phase(&lab), "Bound");
    let volume = lab.api.get("persistentvolumes", "", &format!("pvc-{}", made.uid())).unwrap();
    assert_eq!(volume.str_at("status/phase"), "Bound");
    assert_eq!(volume.str_at("spec/capacity/storage"), "5Gi");
    lab.api.delete("persistentvolumeclaims", "shop", "data").unwrap();
    run(&lab, 1);
    assert!(lab.api.find("persistentvolumeclaims", "shop", "data").is_none());
    assert!(lab.api.list("persistentvolumes", "").is_empty(), "the class says Delete");
}

#[test]
fn some_wait_for_the_first_pod() {
    let lab = Lab::new();
    class(&lab, "WaitForFirstConsumer");
    claim(&lab);
    run(&lab, 10);
    assert_eq!(phase(&lab), "Pending");
    assert_eq!(
        lab.events("data"),
        ["WaitForFirstConsumer waiting for first consumer to be created before binding"]
    );
    let node = |c: &mut Object| c.set_annotation("volume.kubernetes.io/selected-node", "n1");
    lab.api.modify("persistentvolumeclaims", "shop", "data", node).unwrap();
    run(&lab, 5);
    assert_eq!(phase(&lab), "Bound");
}
