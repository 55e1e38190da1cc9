//! Manifests the server or kubectl turns down.

use super::{furnished, refused};

const CASES: &[(&str, &str, &str)] = &[
    (
        "no YAML",
        "apiVersion: v1\nkind: ConfigMap\n  bad: [\n",
        "error: error parsing f.yaml: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in \
         this context\n",
    ),
    (
        "a tab",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n",
        "error: error parsing f.yaml: error converting YAML to JSON: yaml: line 4: found character that cannot start \
         any token\n",
    ),
    (
        "a kind nobody knows",
        "apiVersion: v1\nkind: Foo\nmetadata: {name: x}\n",
        "error: resource mapping not found for name: \"x\" namespace: \"\" from \"f.yaml\": no matches for kind \
         \"Foo\" in version \"v1\"\nensure CRDs are installed first\n",
    ),
    (
        "an unknown field",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatum: {a: b}\n",
        "Error from server (BadRequest): error when creating \"f.yaml\": ConfigMap in version \"v1\" cannot be handled \
         as a ConfigMap: strict decoding error: unknown field \"datum\"\n",
    ),
    (
        "a wrong type",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 1}\n",
        "Error from server (BadRequest): error when creating \"f.yaml\": ConfigMap in version \"v1\" cannot be handled \
         as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string\n",
    ),
    (
        "a bad name",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_}\n",
        "The ConfigMap \"Bad_\" is invalid: metadata.name: Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain must \
         consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric \
         character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n",
    ),
    (
        "an amount that is none",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: a, resources: {limits: \
         {cpu: lots}}}]}\n",
        "Error from server (BadRequest): error when creating \"f.yaml\": Pod in version \"v1\" cannot be handled as a \
         Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n",
    ),
    (
        "more requested than allowed",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: a, resources: {requests: \
         {cpu: 1}, limits: {cpu: 500m}}}]}\n",
        "The Pod \"x\" is invalid: spec.containers[0].resources.requests: Invalid value: \"1\": must be less than or \
         equal to cpu limit of 500m\n",
    ),
    (
        "least above most",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: x}\nspec: {minReplicas: 5, \
         maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n",
        "The HorizontalPodAutoscaler \"x\" is invalid: spec.maxReplicas: Invalid value: 3: must be greater than or \
         equal to `minReplicas`\n",
    ),
    (
        "a namespace that does not exist",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}\n",
        "Error from server (NotFound): error when creating \"f.yaml\": namespaces \"nowhere\" not found\n",
    ),
    (
        "a service account that does not exist",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {serviceAccountName: nobody, containers: [{name: c, \
         image: a}]}\n",
        "Error from server (Forbidden): error when creating \"f.yaml\": pods \"x\" is forbidden: error looking up \
         service account default/nobody: serviceaccount \"nobody\" not found\n",
    ),
    (
        "two names for one port",
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{name: a, port: 80}, {name: b, port: 80}]}\n",
        "The Service \"x\" is invalid: spec.ports[1]: Duplicate value: \
         {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}\n",
    ),
    (
        "a selector that selects other pods",
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: x}\nspec: {selector: {matchLabels: {a: b}}, template: \
         {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: a}]}}}\n",
        "The ReplicaSet \"x\" is invalid: spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does \
         not match template `labels`\n",
    ),
    (
        "a schedule that is none",
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x}\nspec: {schedule: bad, jobTemplate: {spec: {template: \
         {spec: {restartPolicy: Never, containers: [{name: c, image: a}]}}}}}\n",
        "The CronJob \"x\" is invalid: spec.schedule: Invalid value: \"bad\": expected exactly 5 fields, found 1: [bad]\n",
    ),
    (
        "a probe without a handler, and a port that is none",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: a, ports: [{containerPort: \
         99999}], livenessProbe: {periodSeconds: 1}}]}\n",
        "The Pod \"x\" is invalid: \n* spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between \
         1 and 65535, inclusive\n* spec.containers[0].livenessProbe: Required value: must specify a handler type\n",
    ),
    (
        "a mount of nothing",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: a, volumeMounts: [{name: v, \
         mountPath: /v}]}]}\n",
        "The Pod \"x\" is invalid: spec.containers[0].volumeMounts[0].name: Not found: \"v\"\n",
    ),
    (
        "a role that says nothing",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: x}\nrules: [{resources: [pods]}]\n",
        "The Role \"x\" is invalid: \n* rules[0].verbs: Required value: verbs must contain at least one value\n* \
         rules[0].apiGroups: Required value: resource rules must supply at least one api group\n",
    ),
    (
        "a claim that asks for nothing",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: x}\nspec: {}\n",
        "The PersistentVolumeClaim \"x\" is invalid: \n* spec.accessModes: Required value: at least 1 access mode is \
         required\n* spec.resources.requests[storage]: Required value\n",
    ),
];

#[test]
fn manifests_are_turned_down_in_the_servers_words() {
    let shell = furnished();
    for (what, manifest, stderr) in CASES {
        shell.file("f.yaml", manifest);
        println!("{what}");
        refused(&shell, "kubectl create -f f.yaml", stderr);
    }
}

/// What is right in a file is made; what is wrong is told; the exit status is that of the failure.
#[test]
fn one_bad_document_does_not_keep_the_others_out() {
    let shell = furnished();
    shell.file(
        "f.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: \
         {name: Bad_}\n",
    );
    let said = shell.run("kubectl create -f f.yaml");
    assert_eq!((said.rc, said.stdout.as_str()), (1, "configmap/good created\n"));
    assert!(said.stderr.starts_with("The ConfigMap \"Bad_\" is invalid: metadata.name:"), "{}", said.stderr);
}

/// What the YAML scanner's authors left unfinished.
#[test]
fn tags_no_scanner_expects_are_errors_like_others() {
    let shell = furnished();
    for text in ["a: [!x, b]\n", "kind: X\na: [!x,b]\n", "a: !a%80 x\n", "a: !%ff%ff x\n"] {
        shell.file("odd.yaml", text);
        let said = shell.run("kubectl apply -f odd.yaml");
        assert_eq!((said.rc, said.stderr.starts_with("error: ")), (1, true), "{text}: {}", said.stderr);
    }
}
