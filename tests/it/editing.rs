//! `kubectl edit`, with editors that are scripts.

use crate::shell::Shell;

fn shell() -> Shell {
    let mut shell = Shell::of_version("1.33");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubectl autoscale deployment web --min=2 --max=5 --cpu-percent=50");
    let home = shell.home().to_str().unwrap().to_string();
    shell.env("TMPDIR", &home);
    shell.env("PATH", &std::env::var("PATH").unwrap_or_default());
    shell
}

/// What kubectl says, without the number in the file's name.
fn words(said: &str) -> Vec<String> {
    said.lines()
        .map(|line| match (line.find("/kubectl-edit-"), line.find(".yaml")) {
            (Some(start), Some(end)) => {
                let file = line[..start].rfind(['"', ' ']).map_or("", |i| &line[..=i]);
                format!("{file}FILE{}", &line[end + 5..])
            }
            _ => line.to_string(),
        })
        .collect()
}

#[test]
fn what_the_server_finds_wrong_is_shown_again_and_given_up_when_it_stays() {
    let mut shell = shell();
    shell.env("EDITOR", "sed -i 's/^  maxReplicas: .*/  maxReplicas: 1/'");
    let said = shell.run("kubectl edit hpa web");
    assert_eq!(said.rc, 1);
    assert_eq!(
        words(&said.stderr),
        [
            "error: horizontalpodautoscalers.autoscaling \"web\" is invalid",
            "A copy of your changes has been stored to \"FILE\"",
            "error: Edit cancelled, no valid changes were saved.",
        ]
    );
    assert_eq!(shell.must("kubectl get hpa web -o jsonpath='{.spec.maxReplicas}'"), "5");
}

/// The second time the reasons stand above the text.
#[test]
fn a_text_that_is_mended_is_saved() {
    let mut shell = shell();
    shell.file(
        "editor.sh",
        "if grep -q '^# \\*' \"$1\"; then grep '^# ' \"$1\" | tail -2 >> seen; max=7; else max=1; fi\n\
         sed -i \"s/^  maxReplicas: .*/  maxReplicas: $max/\" \"$1\"\n",
    );
    shell.env("EDITOR", "sh editor.sh");
    let said = shell.run("kubectl edit hpa web");
    assert_eq!(said.rc, 0, "{}", said.stderr);
    assert_eq!(said.stdout, "horizontalpodautoscaler.autoscaling/web edited\n");
    assert_eq!(said.stderr, "error: horizontalpodautoscalers.autoscaling \"web\" is invalid\n");
    let seen = std::fs::read_to_string(shell.home().join("work/seen")).unwrap();
    assert_eq!(
        seen,
        "# horizontalpodautoscalers.autoscaling \"web\" was not valid:\n\
         # * spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`\n"
    );
}

#[test]
fn a_text_that_is_no_yaml_is_not_sent() {
    let mut shell = shell();
    shell.env("EDITOR", "sed -i 's/maxReplicas: 5/maxReplicas: : 7/'");
    let said = shell.run("kubectl edit hpa web");
    assert_eq!(said.rc, 1);
    assert_eq!(words(&said.stderr)[0], "error: horizontalpodautoscalers.autoscaling \"web\" is invalid");
}

/// Another layout and other comments are no change.
#[test]
fn comments_are_no_change() {
    let mut shell = shell();
    shell.env("EDITOR", "sed -i '1i# mine'");
    let said = shell.run("kubectl edit hpa web");
    assert_eq!((said.rc, said.stderr.as_str()), (0, "Edit cancelled, no changes made.\n"));
}

/// What `kubectl apply` keeps stays as it was applied, unless it is asked for.
#[test]
fn what_was_applied_is_not_what_was_edited() {
    let mut shell = shell();
    let manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: words}, data: {a: one}}";
    shell.file("words.yaml", manifest);
    shell.must("kubectl apply -f words.yaml");
    let kept = "kubectl apply view-last-applied configmap words -o json";
    let applied = shell.must(kept);
    shell.env("EDITOR", "sed -i 's/^  a: .*/  a: two/'");
    let said = shell.run("kubectl edit configmap words --record");
    assert_eq!((said.rc, said.stdout.as_str()), (0, "configmap/words edited\n"), "{}", said.stderr);
    assert_eq!(shell.must(kept), applied);
    let cause =
        "kubectl get configmap words -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'";
    assert_eq!(shell.must(cause), "kubectl edit configmap words --record=true");
    assert_eq!(shell.must("kubectl apply -f words.yaml"), "configmap/words configured\n");
    assert_eq!(shell.must("kubectl get configmap words -o jsonpath='{.data.a}'"), "one");
    shell.must("kubectl edit configmap words --save-config");
    assert!(shell.must(kept).contains("two"));
}
