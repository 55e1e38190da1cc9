//! `kubetick cost`: instance-hours and their price, of any span, also of instances that are long gone.

use crate::shell::Shell;
use kubetick::machinery::Value;

/// A cluster whose instances have run for an hour: they are six minutes old when it begins.
fn hour() -> Shell {
    let shell = Shell::with_spot();
    shell.must("kubetick tick 54m -q");
    shell
}

fn resize(shell: &Shell, to: i64) {
    shell.must(&format!(
        "aws eks update-nodegroup-config --cluster-name lab --nodegroup-name ng1 --scaling-config desiredSize={to}"
    ));
}

/// Hours and dollars of all groups, and what runs at the end.
fn total(shell: &Shell, flags: &str) -> (f64, f64, i64) {
    let bill = Value::parse(&shell.must(&format!("kubetick cost -o json {flags}"))).unwrap();
    let number = |field: &str| bill.at(field).as_f64().unwrap();
    (number("hours"), number("cost"), bill.int_at("running").unwrap())
}

#[test]
fn an_hour_is_billed_by_group() {
    let shell = hour();
    assert_eq!(
        shell.must("kubetick cost"),
        "\
From 2025-05-28T23:54:00Z to 2025-05-29T00:54:00Z (1h0m0s)

GROUP   TYPE       CAPACITY    INSTANCES   RUNNING   HOURS   USD/HOUR   USD
ng1     m5.large   on-demand   2           2         2.000   0.0960     0.1920
spot    m5.large   spot        1           1         1.000   0.0336     0.0336
all                            3           3         3.000              0.2256

What runs at the end costs $0.2256 an hour, $164.69 a month.
"
    );
    assert_eq!(total(&shell, "--last 30m"), (1.5, 0.1128, 3));
    assert_eq!(total(&shell, "--since 2025-05-29T00:00:00Z --until 44m"), (0.5, 0.0376, 3));
    let flags = "--price m5.large=0.118 --price m5.large/spot=0.05 --last 1h";
    assert_eq!(total(&shell, flags), (3.0, 0.286, 3));
    assert_eq!(total(&shell, "--spot-share 0.5 --last 1h"), (3.0, 0.24, 3));
}

#[test]
fn what_is_gone_has_cost_what_it_has_cost() {
    let shell = hour();
    resize(&shell, 4);
    shell.must("kubetick tick 30m -q");
    resize(&shell, 1);
    shell.must("kubetick tick 4h -q");
    let listed = shell.must("aws ec2 describe-instances --query 'length(Reservations)'");
    assert_eq!(listed, "2\n", "the others are no longer listed");
    let bill = Value::parse(&shell.must("kubetick cost -o json")).unwrap();
    let group = &bill.items_at("groups")[0];
    assert_eq!((group.int_at("count"), group.int_at("running")), (Some(4), Some(1)));
    let hours = group.at("hours").as_f64().unwrap();
    // One for 5.5 hours, one for 1.5, two for half an hour, less the time they took to come and go.
    assert!((7.9..8.1).contains(&hours), "{hours}");
    shell.must("kubetick cluster export -o lab.yaml");
    let before = shell.must("kubetick cost");
    shell.must("kubetick cluster import lab.yaml --name copy");
    assert_eq!(shell.must("kubetick cost"), before);
}

#[test]
fn stopped_instances_cost_nothing() {
    let shell = hour();
    let stop = "aws ec2 describe-instances --filters Name=instance-lifecycle,Values=spot --query 'Reservations[0].Instances[0].InstanceId' --output text";
    let id = shell.must(stop);
    shell.must(&format!("aws ec2 stop-instances --instance-ids {}", id.trim()));
    shell.must("kubetick tick 1h -q");
    let bill = Value::parse(&shell.must("kubetick cost --last 1h -o json")).unwrap();
    let spot = bill.items_at("groups").iter().find(|g| g.str_at("group") == "spot").unwrap();
    assert!(spot.items_at("instances").iter().all(|i| i.str_at("id") != id.trim()), "its group replaced it");
    assert_eq!((spot.int_at("count"), spot.int_at("running")), (Some(1), Some(1)));
}

#[test]
fn spans_and_prices_that_make_no_sense_are_refused() {
    let shell = hour();
    let before = shell.export();
    for (flags, stderr) in [
        (
            "--since yesterday",
            "--since yesterday: want an instant or a duration: time: invalid duration \"yesterday\"",
        ),
        (
            "--until 2026-01-01T00:00:00Z",
            "the clock shows 2025-05-29T00:54:00Z; what comes until 2026-01-01T00:00:00Z has not cost anything yet",
        ),
        (
            "--since 10m --until 20m",
            "the span ends at 2025-05-29T00:34:00Z, before it begins at 2025-05-29T00:44:00Z",
        ),
        ("--price m5.large", "--price m5.large: want TYPE=USD"),
        ("--price m5.larg=1", "--price m5.larg=1: there is no instance type m5.larg"),
        ("--price m5.large=-1", "--price m5.large=-1: want dollars an hour, such as 0.118"),
        ("--spot-share 2", "--spot-share 2: want a part between 0 and 1"),
    ] {
        let said = shell.run(&format!("kubetick cost {flags}"));
        assert_eq!((said.rc, said.stdout.as_str()), (1, ""), "{flags}");
        assert_eq!(said.stderr, format!("error: {stderr}\n"), "{flags}");
    }
    assert_eq!(shell.run("kubetick cost --last 1h --since 1h").rc, 2);
    assert_eq!(shell.export(), before);
}
