//! How long events are there, and for whom.

use crate::shell::Shell;

fn described(shell: &Shell) -> String {
    let text = shell.must("kubectl describe deployment web");
    text[text.find("Events:").unwrap()..].to_string()
}

#[test]
fn clients_see_events_for_an_hour_and_the_timeline_sees_all() {
    let shell = Shell::ready();
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubetick tick 59m -q");
    assert!(described(&shell).contains("ScalingReplicaSet  59m   deployment-controller"));
    shell.must("kubetick tick 2m -q");
    assert_eq!(described(&shell), "Events:          <none>\n");
    let said = shell.run("kubectl events --for deployment/web");
    assert_eq!(said.stderr, "No events found in default namespace.\n");
    assert!(shell.must("kubetick timeline --for deployment/web").contains("ScalingReplicaSet"));
    // What happens again is counted on, under the old name.
    shell.must("kubectl scale deployment web --replicas=3");
    assert!(described(&shell).contains("Scaled up replica set"));
}

#[test]
fn a_cluster_may_keep_its_events_longer() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create lab --event-ttl 3h");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubetick tick 2h -q");
    assert!(described(&shell).contains("ScalingReplicaSet"));
    shell.must("kubetick cluster reset");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubetick tick 2h -q");
    assert!(described(&shell).contains("ScalingReplicaSet"));
    let said = shell.run("kubetick cluster create other --event-ttl soon");
    assert_eq!(
        (said.rc, said.stderr.as_str()),
        (1, "error: --event-ttl soon: time: invalid duration \"soon\"\n")
    );
}
