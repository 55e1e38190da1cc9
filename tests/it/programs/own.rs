//! Programs by annotation and by resource.

use super::{Room, pod};
use crate::shell::Shell;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        kubetick.dev/program: |
          cpu: 25m
          memory: 60Mi
          readyAfter: 7s
          http:
            port: 8080
            body: \"Hello from $(HOSTNAME)\\n\"
            paths:
            - {path: /healthz, body: ok, failsAfter: 100s}
          logs:
          - {text: 'listening on :8080', after: 7s}
          - {text: still here, every: 30s}
    spec:
      containers:
      - name: web
        image: ghcr.io/acme/web:1
        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 3, failureThreshold: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

#[test]
fn an_annotation_says_what_a_container_does() {
    let room = Room::with_metrics();
    room.apply(WEB);
    room.apply(&pod("client", "image: 'busybox:1.36', command: [sleep, infinity]"));
    room.tick("8s");
    assert_eq!(room.field("deployment/web", ".status.readyReplicas"), "", "it does not listen yet");
    room.tick("60s");
    let name = room.field("pods", ".items[?(@.metadata.labels.app==\"web\")].metadata.name");
    assert_eq!(room.kubectl("exec client -- wget -qO- http://web"), format!("Hello from {name}\n"));
    assert!(room.fails("exec client -- wget -qO- http://web:81").contains("download timed out"));
    assert_eq!(room.kubectl("logs deploy/web"), "still here\nlistening on :8080\nstill here\nstill here\n");
    assert_eq!(room.usage(&name), "25m 60Mi");
    let explained = room.run(&["explain", &format!("pod/{name}")]);
    assert!(explained.contains("web        own program  annotation kubetick.dev/program\n"), "{explained}");
    room.tick("60s");
    assert_eq!(room.field("deployment/web", ".status.readyReplicas"), "", "its health ends after 100s");
}

#[test]
fn an_annotation_is_judged_where_it_is_written() {
    let room = Room::new();
    room.file(
        "web.yaml",
        &WEB.replace("cpu: 25m", "cpuu: 25m").replace("readyAfter: 7s", "readyAfter: late"),
    );
    let at = "spec.template.metadata.annotations[kubetick.dev/program]";
    assert_eq!(
        room.fails("apply -f web.yaml"),
        format!(
            "The Deployment \"web\" is invalid: \n\
             * {at}: Invalid value: \"cpuu\": strict decoding error: unknown field \"cpuu\"\n\
             * {at}.readyAfter: Invalid value: \"late\": {at}.readyAfter in body must be of type duration: \"late\"\n"
        )
    );
    assert_eq!(room.fails("get deploy web").lines().count(), 1);
    room.apply(&pod("p", "image: nginx"));
    assert_eq!(
        room.fails("annotate pod p program.kubetick.dev/x=web"),
        "The Pod \"p\" is invalid: metadata.annotations[program.kubetick.dev/x]: Invalid value: \"x\": no container of this name\n"
    );
}

#[test]
fn a_program_speaks_of_all_containers_of_an_image() {
    let room = Room::with_metrics();
    let before = room.kubectl("api-resources");
    assert!(!before.contains("kubetick.dev"));
    assert_eq!(
        room.kubectl("apply -f https://kubetick.dev/programs.yaml"),
        "customresourcedefinition.apiextensions.k8s.io/programs.kubetick.dev created\n"
    );
    let program = "\
apiVersion: kubetick.dev/v1
kind: Program
metadata: {name: shop}
spec:
  images: ['acme/shop:2*']
  cpu: 50m
  memory: 100Mi
  memoryGrowthPerMinute: 60Mi
  crash: {after: 5s, times: 2, code: 3, message: 'panic: no database'}
";
    room.apply(program);
    assert_eq!(
        room.kubectl("get programs"),
        "NAME   IMAGES             CPU   MEMORY   AGE\nshop   [\"acme/shop:2*\"]   50m   100Mi    0s\n"
    );
    room.apply(&pod("shop", "image: 'ghcr.io/acme/shop:2.1', resources: {limits: {memory: 200Mi}}"));
    room.tick("90s");
    let status = "pod/shop -n default";
    assert_eq!(room.field(status, ".status.containerStatuses[0].restartCount"), "2");
    assert_eq!(room.field(status, ".status.containerStatuses[0].lastState.terminated.exitCode"), "3");
    assert_eq!(room.kubectl("logs shop -p"), "panic: no database\n");
    assert!(room.usage("shop").starts_with("50m 1"), "{}", room.usage("shop"));
    // 100 MiB are too many after 100 s.
    room.tick("60s");
    assert_eq!(room.field(status, ".status.containerStatuses[0].lastState.terminated.reason"), "OOMKilled");
    room.apply(&program.replace("60Mi", "0").replace("cpu: 50m", "cpu: 70m"));
    room.tick("60s");
    assert_eq!(room.usage("shop"), "70m 100Mi");
    let explained = room.run(&["explain", "pod/shop", "-o", "json"]);
    assert!(explained.contains("\"why\": \"program/shop, image pattern acme/shop:2*\""), "{explained}");
}

#[test]
fn a_program_is_judged_as_the_server_judges() {
    let room = Room::new();
    room.kubectl("apply -f https://kubetick.dev/programs.yaml");
    let program = |spec: &str| {
        room.file(
            "bad.yaml",
            &format!("apiVersion: kubetick.dev/v1\nkind: Program\nmetadata: {{name: bad}}\nspec: {spec}\n"),
        );
        room.fails("apply -f bad.yaml")
    };
    assert_eq!(
        program("{images: [x], cpuu: 50m}"),
        "Error from server (BadRequest): error when creating \"bad.yaml\": Program in version \"v1\" cannot be handled as a \
         Program: strict decoding error: unknown field \"spec.cpuu\"\n"
    );
    assert_eq!(
        program("{http: {port: 70000}, readyAfter: soon, exit: {code: 900}}"),
        "The Program \"bad\" is invalid: \n\
         * spec.exit.code: Invalid value: 900: spec.exit.code in body should be less than or equal to 255\n\
         * spec.http.port: Invalid value: 70000: spec.http.port in body should be less than or equal to 65535\n\
         * spec.readyAfter: Invalid value: \"soon\": spec.readyAfter in body must be of type duration: \"soon\"\n"
    );
}

#[test]
fn an_annotation_may_name_a_program_for_one_container() {
    let room = Room::new();
    room.kubectl("apply -f https://kubetick.dev/programs.yaml");
    room.apply("apiVersion: kubetick.dev/v1\nkind: Program\nmetadata: {name: batch}\nspec: {logs: [{text: done, after: 3s}], exit: {after: 4s}, shutdown: {ignored: true}}\n");
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: two, annotations: {program.kubetick.dev/work: batch}}
spec:
  restartPolicy: Never
  containers:
  - {name: idle, image: 'registry.k8s.io/pause:3.9'}
  - {name: work, image: acme/batch}
",
    );
    room.tick("20s");
    assert_eq!(room.kubectl("logs two -c work"), "done\n");
    assert_eq!(room.field("pod/two", ".status.containerStatuses[1].state.terminated.reason"), "Completed");
    let explained = room.run(&["explain", "pod/two"]);
    for line in [
        "idle       pause        image registry.k8s.io/pause",
        "work       own program  program/batch, named by annotation program.kubetick.dev/work",
    ] {
        assert!(explained.contains(line), "{explained}");
    }
}

#[test]
fn programs_are_part_of_exports() {
    let shell = Shell::new();
    shell.must("kubectl apply -f https://kubetick.dev/programs.yaml");
    shell.file(
        "shop.yaml",
        "apiVersion: kubetick.dev/v1\nkind: Program\nmetadata: {name: shop}\nspec: {images: [\"acme/shop:2*\"], cpu: 50m}\n",
    );
    shell.must("kubectl apply -f shop.yaml");
    let before = shell.must("kubectl get programs");
    shell.must("kubetick cluster export -o lab.yaml");
    shell.must("kubetick cluster import lab.yaml --name copy");
    assert_eq!(shell.must("kubectl get programs"), before);
}
