//! Names of the cluster's DNS, as pods resolve them.

use super::Room;

const SET: &str = "\
apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {clusterIP: None, selector: {app: nginx}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 2
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec: {containers: [{name: nginx, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: old}
spec: {containers: [{name: c, image: 'busybox:1.28', command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: new}
spec: {containers: [{name: c, image: 'busybox:1.36', command: [sleep, infinity]}]}
";

#[test]
fn pods_of_a_headless_service_have_names_of_their_own() {
    let room = Room::new();
    room.apply(SET);
    room.tick("60s");
    let ip = room.field("pod/web-1", ".status.podIP");
    assert!(room.kubectl("exec new -- wget -qO- http://web-1.nginx").contains("Welcome to nginx!"));
    let full = "web-1.nginx.default.svc.cluster.local";
    let said = room.kubectl(&format!("exec new -- nslookup {full}"));
    assert!(said.contains(&format!("Name:\t{full}\nAddress: {ip}\n")), "{said}");
    let dashed = ip.replace('.', "-");
    assert!(room.kubectl(&format!("exec new -- nslookup {dashed}.default.pod.cluster.local")).contains(&ip));
}

#[test]
fn nslookup_of_old_busyboxes_asks_the_library() {
    let room = Room::new();
    room.apply(SET);
    room.tick("60s");
    let ip = room.field("pod/web-0", ".status.podIP");
    let server = "Server:    10.100.0.10\nAddress 1: 10.100.0.10 kube-dns.kube-system.svc.cluster.local\n\n";
    assert_eq!(
        room.kubectl("exec old -- nslookup web-0.nginx"),
        format!("{server}Name:      web-0.nginx\nAddress 1: {ip} web-0.nginx.default.svc.cluster.local\n")
    );
    let said = room.fails("exec old -- nslookup nobody");
    assert!(said.starts_with("nslookup: can't resolve 'nobody'\n"), "{said}");
}

#[test]
fn services_that_were_there_first_are_in_the_environment() {
    let room = Room::new();
    room.run(&["kubectl", "create", "service", "clusterip", "my-db", "--tcp=5432:5432"]);
    let ip = room.field("service/my-db", ".spec.clusterIP");
    room.apply(SET);
    room.tick("30s");
    let env = room.kubectl("exec new -- env");
    for line in [
        format!("MY_DB_SERVICE_HOST={ip}"),
        "MY_DB_SERVICE_PORT=5432".to_string(),
        "MY_DB_SERVICE_PORT_5432_5432=5432".to_string(),
        format!("MY_DB_PORT=tcp://{ip}:5432"),
        format!("MY_DB_PORT_5432_TCP=tcp://{ip}:5432"),
        "MY_DB_PORT_5432_TCP_PROTO=tcp".to_string(),
        "MY_DB_PORT_5432_TCP_PORT=5432".to_string(),
        format!("MY_DB_PORT_5432_TCP_ADDR={ip}"),
        "KUBERNETES_SERVICE_HOST=10.100.0.1".to_string(),
        "KUBERNETES_SERVICE_PORT_HTTPS=443".to_string(),
        "KUBERNETES_PORT_443_TCP=tcp://10.100.0.1:443".to_string(),
    ] {
        assert!(env.lines().any(|l| l == line), "{line} in {env}");
    }
    assert!(!env.contains("NGINX_SERVICE_HOST"), "headless services have no variables");
}

/// There may be many, and a script wakes often.
#[test]
fn what_tells_of_services_is_looked_up_and_not_remembered() {
    let room = Room::new();
    room.run(&["kubectl", "create", "service", "clusterip", "my-db", "--tcp=5432:5432"]);
    let ip = room.field("service/my-db", ".spec.clusterIP");
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: asks}
spec:
  containers:
  - name: c
    image: busybox
    env: [{name: URL, value: 'db://$(MY_DB_SERVICE_HOST)'}]
    command: [sh, -c, 'i=0; while true; do i=$((i+1)); echo $i $MY_DB_SERVICE_HOST $URL $(MY_DB_SERVICE_PORT); sleep 5; done']
",
    );
    room.tick("14s");
    let log = room.kubectl("logs asks");
    assert_eq!(log.lines().nth(1), Some(format!("2 {ip} db://{ip} 5432").as_str()), "{log}");
    let mut kept = Vec::new();
    for file in std::fs::read_dir(room.dir.path().join("kubetick/clusters")).expect("clusters") {
        kept.extend(std::fs::read(file.expect("a file").path()).expect("bytes"));
    }
    assert!(String::from_utf8_lossy(&kept).contains("db://"), "memories can be read");
    assert!(!String::from_utf8_lossy(&kept).contains("MY_DB_PORT"), "variables of services are kept");
}
