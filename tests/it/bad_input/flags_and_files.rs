//! Flags, names and files that make no sense: what real kubectl says without asking any server.

use super::{furnished, refused};
use crate::shell::Shell;

#[test]
fn files_that_cannot_be_read() {
    let shell = Shell::new();
    let work = shell.home().join("work");
    std::fs::create_dir_all(work.join("d")).unwrap();
    std::fs::write(work.join("d/f.txt"), "x").unwrap();
    std::fs::write(work.join("bin"), b"\xff\xfe\x00bad").unwrap();
    std::os::unix::fs::symlink("loop", work.join("loop")).unwrap();
    shell.file("vars", "1=x\n");
    for (line, stderr) in [
        (
            "kubectl create configmap a --from-file=loop",
            "error: error reading loop: too many levels of symbolic links\n",
        ),
        (
            "kubectl create configmap a --from-file=nope",
            "error: error reading nope: no such file or directory\n",
        ),
        ("kubectl create configmap a --from-file==x", "error: key name for file path x missing\n"),
        ("kubectl create configmap a --from-file=k=", "error: file path for key name k missing\n"),
        (
            "kubectl create configmap a --from-file=k=d",
            "error: cannot give a key name for a directory path\n",
        ),
        (
            "kubectl create configmap a --from-file=k=a=b",
            "error: key names or file paths cannot contain '='\n",
        ),
        (
            "kubectl create configmap a --from-env-file=vars",
            "error: \"1\" is not a valid key name: a valid environment variable name must consist of alphabetic \
             characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or \
             'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')\n",
        ),
        ("kubectl create configmap a --from-env-file=d", "error: env config file cannot be a directory\n"),
        (
            "kubectl create configmap a --from-env-file=bin",
            "error: env file bin contains invalid utf8 bytes at line 1: [255 254 0 98 97 100]\n",
        ),
        (
            "kubectl create secret tls a --cert=bin --key=bin",
            "error: tls: failed to find any PEM data in certificate input\n",
        ),
        (
            "kubectl create secret tls a --cert=nope --key=bin",
            "error: Cannot read file nope, open nope: no such file or directory\n",
        ),
        (
            "kubectl apply -f loop",
            "error: the path \"loop\" cannot be accessed: stat loop: too many levels of symbolic links\n",
        ),
        (
            "kubectl get nodes -o jsonpath-file=d",
            "error: error reading --template d, read d: is a directory\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn values_that_flags_do_not_take() {
    let shell = Shell::new();
    for (line, stderr) in [
        (
            "kubectl create deployment a --image=x --replicas=99999999999",
            "error: invalid argument \"99999999999\" for \"-r, --replicas\" flag: strconv.ParseInt: parsing \
             \"99999999999\": value out of range\nSee 'kubectl create deployment --help' for usage.\n",
        ),
        (
            "kubectl get nodes -w --for=99999999999h",
            "error: invalid argument \"99999999999h\" for \"--for\" flag: time: invalid duration \
             \"99999999999h\"\nSee 'kubectl get --help' for usage.\n",
        ),
        (
            "kubectl create pdb a --selector=a=b --min-available=x",
            "error: invalid format specified for min-available\n",
        ),
        (
            "kubectl create service clusterip a --tcp=99999",
            "error: strconv.ParseUint: parsing \"99999\": value out of range\n",
        ),
        (
            "kubectl create ingress a --rule=foo/=svc",
            "error: rule foo/=svc is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]\n",
        ),
        (
            "kubectl create secret foo",
            "error: unknown command \"foo\"\nSee 'kubectl create secret -h' for help and examples\n",
        ),
        ("kubectl create", "error: must specify one of -f and -k\n"),
        ("kubectl replace", "error: must specify one of -f and -k\n"),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn names_no_url_can_have() {
    let shell = furnished();
    for (line, stderr) in [
        ("kubectl get pods ''", "error: resource name may not be empty\n"),
        ("kubectl delete pods ''", "error: resource name may not be empty\n"),
        ("kubectl get pods a%b", "error: invalid resource name \"a%b\": [may not contain '%']\n"),
        ("kubectl describe pods ..", "error: invalid resource name \"..\": [may not be '..']\n"),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn amounts_beyond_all_measure() {
    let shell = furnished();
    let said = shell.run("kubectl -n shop scale deploy web --replicas=2147483648");
    assert_eq!(said.rc, 1);
    assert!(
        said.stderr.ends_with(
            "json: cannot unmarshal number 2147483648 into Go struct field ScaleSpec.spec.replicas of type int32\n"
        ),
        "{}",
        said.stderr
    );
    for (line, stderr) in [
        (
            "kubetick tick --until 2201-01-01T00:00:00Z",
            "error: the clock goes no further than 2200-01-01T00:00:00Z\n",
        ),
        (
            "kubetick clock set real=1e300",
            "error: real=1e300: the speed must be above 0 and at most 100000\n",
        ),
        (
            "kubectl -n shop patch deploy web -p []",
            "Error from server (BadRequest): json: cannot unmarshal array into Go value of type \
             map[string]interface {}\n",
        ),
        (
            "kubectl -n shop patch deploy web --type=merge -p 1",
            "Error from server (BadRequest): error decoding patch: json: cannot unmarshal number into Go value of \
             type map[string]interface {}\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn commands_that_lack_something() {
    let shell = furnished();
    for (line, stderr) in [
        ("kubectl create configmap ''", "error: name must be specified\n"),
        ("kubectl config set foo x", "error: unable to parse foo after [] at api.Config\n"),
        ("kubectl version foo", "error: extra arguments: [foo]\n"),
        ("kubectl wait pod/a --for=jsonpath=", "error: jsonpath expression cannot be empty\n"),
        (
            "kubectl logs a --since-time=foo",
            "error: parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\"\n",
        ),
        (
            "kubectl top pod a b",
            "error: pod [NAME | -l label]\nSee 'kubectl top pod -h' for help and examples\n",
        ),
        (
            "kubectl set selector deploy web a=b -n shop",
            "error: setting a selector is only supported for Services\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}
