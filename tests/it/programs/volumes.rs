//! What containers find in their volumes, and leave there.

use super::Room;

const SHARED: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two, tier: web}}
spec:
  volumes:
  - {name: shared, emptyDir: {}}
  - {name: conf, configMap: {name: conf}}
  - {name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: cpu, resourceFieldRef: {containerName: debian, resource: limits.cpu}}]}}
  containers:
  - {name: nginx, image: nginx, volumeMounts: [{name: shared, mountPath: /usr/share/nginx/html}]}
  - name: debian
    image: debian
    volumeMounts: [{name: shared, mountPath: /pod-data}, {name: conf, mountPath: /etc/conf}, {name: info, mountPath: /etc/info}]
    resources: {limits: {cpu: 500m, memory: 128Mi}}
    env:
    - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: MILLIS, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}
    command: [/bin/sh, -c, 'echo Hello from the debian container > /pod-data/index.html; sleep 3600']
";

#[test]
fn containers_of_a_pod_share_an_empty_dir() {
    let room = Room::new();
    room.kubectl("create configmap conf --from-literal=a=1 --from-literal=b=2");
    room.apply(SHARED);
    room.tick("20s");
    let greeting = "Hello from the debian container\n";
    assert_eq!(room.kubectl("exec two -c nginx -- cat /usr/share/nginx/html/index.html"), greeting);
    assert_eq!(room.kubectl("exec two -c debian -- curl -s localhost"), greeting);
    assert_eq!(
        room.kubectl("exec two -c debian -- ls /etc/conf /pod-data"),
        "/etc/conf:\na\nb\n\n/pod-data:\nindex.html\n"
    );
    room.kubectl("exec two -c debian -- rm /pod-data/index.html");
    assert_eq!(room.kubectl("exec two -c debian -- curl -s -o /dev/null -w %{http_code} 127.0.0.1"), "403");
}

#[test]
fn what_the_api_puts_into_volumes_can_only_be_read() {
    let room = Room::new();
    room.kubectl("create configmap conf --from-literal=a=1");
    room.apply(SHARED);
    room.tick("20s");
    let output =
        room.output(&["kubectl", "exec", "two", "-c", "debian", "--", "sh", "-c", "echo x > /etc/conf/a"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Read-only file system"), "{output:?}");
    assert_eq!(room.kubectl("exec two -c debian -- cat /etc/conf/a"), "1");
    let labels = room.kubectl("exec two -c debian -- cat /etc/info/labels");
    assert!(labels.starts_with("app=\"two\"\ntier=\"web\""), "{labels}");
    assert_eq!(room.kubectl("exec two -c debian -- cat /etc/info/cpu"), "1");
    for (name, value) in [("CPUS", "1"), ("MILLIS", "500"), ("MEMORY", "128")] {
        assert_eq!(room.kubectl(&format!("exec two -c debian -- printenv {name}")).trim_end(), value);
    }
}

#[test]
fn a_persistent_volume_keeps_what_was_written() {
    let room = Room::new();
    let claim = "\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: gp2, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers: [{name: c, image: nginx, volumeMounts: [{name: v, mountPath: /usr/share/nginx/html}]}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
";
    room.apply(claim);
    room.tick("30s");
    room.run(&["kubectl", "exec", "app", "--", "sh", "-c", "echo kept > /usr/share/nginx/html/index.html"]);
    room.kubectl("delete pod app");
    room.apply(claim);
    room.tick("30s");
    assert_eq!(room.kubectl("exec app -- curl -s http://localhost/"), "kept\n");
    room.kubectl("delete pod app");
    room.kubectl("delete pvc data");
    room.tick("30s");
    room.apply(claim);
    room.tick("30s");
    assert_eq!(room.kubectl("exec app -- ls /usr/share/nginx/html"), "");
}

#[test]
fn a_script_of_a_config_map_runs_when_its_mode_lets_it() {
    let room = Room::new();
    let script = "#!/bin/sh\n# The script.\necho from a file\nexit 3\n";
    room.run(&["kubectl", "create", "configmap", "scripts", &format!("--from-literal=run.sh={script}")]);
    for (name, mode, image) in
        [("runs", "0755", "busybox"), ("stays", "0644", "busybox"), ("server", "0644", "nginx")]
    {
        room.apply(&format!(
            "\
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  restartPolicy: Never
  volumes: [{{name: s, configMap: {{name: scripts, defaultMode: {mode}}}}}]
  containers: [{{name: c, image: {image}, command: [/scripts/run.sh], volumeMounts: [{{name: s, mountPath: /scripts}}]}}]
"
        ));
    }
    room.tick("30s");
    let ended = |pod: &str, what: &str| {
        room.field(&format!("pod/{pod}"), &format!(".status.containerStatuses[0].state.terminated.{what}"))
    };
    assert_eq!(ended("runs", "exitCode"), "3");
    assert!(room.kubectl("logs runs").starts_with("from "));
    for pod in ["stays", "server"] {
        assert_eq!(ended(pod, "reason"), "StartError");
        let why = "exec: \"/scripts/run.sh\": permission denied: unknown";
        assert!(ended(pod, "message").ends_with(why), "{}", ended(pod, "message"));
    }
}

#[test]
fn the_directory_a_sub_path_names_is_there() {
    let room = Room::new();
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  volumes: [{name: v, emptyDir: {}}]
  containers:
  - name: c
    image: busybox
    command: [sh, -c, 'test -d /data && ls /data && echo there; sleep 3600']
    volumeMounts: [{name: v, mountPath: /data, subPath: mysql}]
",
    );
    room.tick("20s");
    assert_eq!(room.kubectl("logs db"), "there\n");
}

/// Go counts in 64 bits, and a limit has no bound.
#[test]
fn a_limit_beyond_all_numbers_is_told_as_the_largest() {
    let room = Room::new();
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: big}
spec:
  containers:
  - name: c
    image: busybox
    command: [sleep, '3600']
    resources: {requests: {memory: 1Mi, cpu: 1m}, limits: {memory: 1e40, cpu: 1500m}}
    env:
    - {name: MEBI, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
",
    );
    room.tick("20s");
    assert_eq!(room.kubectl("exec big -- printenv MEBI"), "8796093022208\n");
    assert_eq!(room.kubectl("exec big -- printenv CPUS"), "2\n");
}
