//! A cluster file that cannot be used: what is wrong, where, and what would be right; and the file stays as it was.

use crate::shell::Shell;

const MANIFEST: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n";

fn fails(shell: &Shell, line: &str, parts: &[&str]) {
    let said = shell.run(line);
    assert_eq!(said.rc, 1, "{line}: {said:?}");
    for part in parts {
        assert!(said.stderr.contains(part), "{line}: {} does not say {part:?}", said.stderr);
    }
}

#[test]
fn a_truncated_file_is_told_and_left_alone() {
    let shell = Shell::new();
    shell.file("x.yaml", MANIFEST);
    let path = shell.cluster_file();
    let whole = std::fs::read(&path).unwrap();
    for length in [1, 100, whole.len() / 2] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let said = shell.run("kubectl get pods -A");
        assert_ne!(said.rc, 0, "{length} bytes: {said:?}");
        assert!(said.stderr.contains("lab.db"), "{length} bytes: {}", said.stderr);
        assert_eq!(std::fs::read(&path).unwrap().len(), length, "{length} bytes were written to");
    }
    std::fs::write(&path, b"this is no database, just some text that is long enough to look like one")
        .unwrap();
    fails(&shell, "kubectl get pods -A", &["lab.db", "not a kubetick cluster file"]);
    fails(&shell, "kubectl create -f x.yaml", &["lab.db", "not a kubetick cluster file"]);
}

#[test]
fn a_file_of_a_newer_format_is_not_touched() {
    let shell = Shell::new();
    shell.file("x.yaml", MANIFEST);
    let path = shell.cluster_file();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9999).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    fails(&shell, "kubectl create -f x.yaml", &["lab.db", "newer", "9999", "upgrade kubetick"]);
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn a_writer_in_the_way_is_told() {
    let shell = Shell::new();
    shell.file("x.yaml", MANIFEST);
    let before = shell.export();
    let connection = rusqlite::Connection::open(shell.cluster_file()).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    fails(&shell, "kubectl create -f x.yaml", &["lab.db", "in use by another kubetick process"]);
    connection.execute_batch("ROLLBACK").unwrap();
    drop(connection);
    assert_eq!(shell.export(), before);
    shell.must("kubectl create -f x.yaml");
}

#[test]
fn a_read_only_file_can_be_read_but_not_changed() {
    let shell = Shell::new();
    shell.file("x.yaml", MANIFEST);
    let path = shell.cluster_file();
    let before = std::fs::read(&path).unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    fails(&shell, "kubectl create -f x.yaml", &["lab.db", "is read-only: nothing was changed"]);
    fails(&shell, "kubetick tick 1m", &["lab.db", "is read-only: nothing was changed"]);
    assert!(shell.must("kubectl get namespaces").contains("kube-system"));
    assert!(std::fs::read(&path).unwrap() == before);
}

/// A limit on the size of files stands in for a full disk: the write fails in the middle.
#[test]
fn a_full_disk_is_told_and_the_cluster_is_as_before() {
    let shell = Shell::new();
    let before = shell.export();
    let line = format!("trap '' XFSZ; ulimit -f 8; exec {} tick 2h", env!("CARGO_BIN_EXE_kubetick"));
    let ended = std::process::Command::new("bash")
        .args(["-c", &line])
        .env_clear()
        .env("KUBETICK_HOME", shell.home())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("is full: nothing was changed"), "{said}");
    assert!(shell.export() == before);
}

#[test]
fn a_cluster_that_does_not_exist_is_told() {
    let shell = Shell::new();
    shell.file("x.yaml", MANIFEST);
    std::fs::remove_file(shell.cluster_file()).unwrap();
    // kubectl knows a server from its configuration, and nobody answers there.
    fails(
        &shell,
        "kubectl get pods",
        &["The connection to the server ", " was refused - did you specify the right host"],
    );
    fails(&shell, "kubetick tick 1m", &["lab"]);
}
