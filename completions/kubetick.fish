# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubetick_global_optspecs
    string join \n h/help V/version
end

function __fish_kubetick_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubetick_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubetick_using_subcommand
    set -l cmd (__fish_kubetick_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubetick -n "__fish_kubetick_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubetick -n "__fish_kubetick_needs_command" -s V -l version -d 'Print version'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "demo" -d 'Run a built-in walkthrough and narrate it'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "tick" -d 'Let time pass for the cluster, and tell what happened'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "clock" -d 'Show or change the clock: its instant and how it moves'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "cluster" -d 'Make, choose, copy, export and remove clusters'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "load" -d 'Set, show, clear and import demand on workloads'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "fault" -d 'Make nodes, pods and availability zones fail, for a while'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "explain" -d 'Why an autoscaler or the scheduler decided as it did: inputs, rules in order, result'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "cost" -d 'What the cluster\'s instances cost, by group and in all'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "timeline" -d 'All events of all components in one order'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "activate" -d 'Print the shell code that makes kubectl and friends mean kubetick in this shell'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "man" -d 'Print the manual page'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "kubectl" -d 'Run kubectl (the same as calling this program by the name kubectl)'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "aws" -d 'Run aws (the same as calling this program by the name aws)'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "eksctl" -d 'Run eksctl (the same as calling this program by the name eksctl)'
complete -c kubetick -n "__fish_kubetick_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand demo" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand tick" -l until -d 'Until this instant (RFC 3339) instead' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand tick" -s q -l quiet -d 'Do not tell what happened'
complete -c kubetick -n "__fish_kubetick_using_subcommand tick" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and not __fish_seen_subcommand_from show set help" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and not __fish_seen_subcommand_from show set help" -f -a "show" -d 'Print the instant and the mode'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and not __fish_seen_subcommand_from show set help" -f -a "set" -d 'Change the mode: manual, step=DUR, real or real=SPEED; or move the clock forward to an instant'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and not __fish_seen_subcommand_from show set help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print the instant and the mode'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change the mode: manual, step=DUR, real or real=SPEED; or move the clock forward to an instant'
complete -c kubetick -n "__fish_kubetick_using_subcommand clock; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "create" -d 'Make a cluster: from an eksctl ClusterConfig, or a small one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "list" -d 'List the clusters'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "use" -d 'Make a cluster the current one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "delete" -d 'Remove a cluster'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "reset" -d 'Start a cluster anew from the configuration it was made of'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "fork" -d 'Copy the current cluster, clock and all, under a new name'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "export" -d 'Write the current cluster as a YAML list of objects'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "import" -d 'Make a cluster from an export, or from `kubectl get ... -o json` of a real one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and not __fish_seen_subcommand_from create list use delete reset fork export import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -s f -l config-file -d 'An eksctl ClusterConfig (name, region, version, node groups); - reads standard input' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -l version -d 'Kubernetes version, 1.21 to 1.36' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -l region -d 'AWS region' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -l seed -d 'What names and addresses are drawn from' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -l start -d 'The instant the clock starts at (RFC 3339); the day EKS released the version when left out' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -l event-ttl -d 'How long the API server keeps events; an hour, as on EKS, when left out' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from fork" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from export" -s o -l output -d 'Into this file instead of standard output' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from import" -l name -d 'Its name; taken from the export when left out' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a cluster: from an eksctl ClusterConfig, or a small one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the clusters'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "use" -d 'Make a cluster the current one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove a cluster'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Start a cluster anew from the configuration it was made of'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "fork" -d 'Copy the current cluster, clock and all, under a new name'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the current cluster as a YAML list of objects'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make a cluster from an export, or from `kubectl get ... -o json` of a real one'
complete -c kubetick -n "__fish_kubetick_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -f -a "set" -d 'Set the demand on a workload from now on, as steps or slopes over time'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -f -a "clear" -d 'Take demand off a workload, or off all of them'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -f -a "show" -d 'List what is set, and what it asks for now'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -f -a "import" -d 'Set the demand on a workload from a file: CSV, or an answer of Prometheus to query_range'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and not __fish_seen_subcommand_from set clear show import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l cpu -d 'CPU of all pods together: 300m, or 0s=50m,2m=900m,10m=50m' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l memory -d 'Memory of all pods together, beside what the program uses: 200Mi, or 0s=0,5m=1Gi' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l clients -d 'Clients that ask, wait for the answer, think, and ask again: 50, or 0s=1,5m=50' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l think -d 'How long a client thinks' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l cost -d 'CPU time of a request; by default what the image is known for' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l metric -d 'A metric for Pods, Object and External metrics of autoscalers: rps=20, or queue=0s=0,2m=500' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -l ramp -d 'Straight lines between the points instead of steps'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from clear" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from clear" -l all -d 'All demand of all namespaces'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from import" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from import" -l as -d 'What the values of a Prometheus answer are: cpu (cores), memory (bytes), clients, or metric/NAME' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from import" -l ramp -d 'Straight lines between the points instead of steps'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set the demand on a workload from now on, as steps or slopes over time'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from help" -f -a "clear" -d 'Take demand off a workload, or off all of them'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from help" -f -a "show" -d 'List what is set, and what it asks for now'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from help" -f -a "import" -d 'Set the demand on a workload from a file: CSV, or an answer of Prometheus to query_range'
complete -c kubetick -n "__fish_kubetick_using_subcommand load; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -l for -d 'For how long (10m); without it until `fault clear`' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -s c -l container -d 'The one container of a pod that fails; all of them by default' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -a "list" -d 'List what fails, and until when'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -a "clear" -d 'End faults before their time'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and not __fish_seen_subcommand_from list clear help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print it' -r -f -a "json\t''
text\t''"
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from clear" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from clear" -l all -d 'All faults'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what fails, and until when'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from help" -f -a "clear" -d 'End faults before their time'
complete -c kubetick -n "__fish_kubetick_using_subcommand fault; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand explain" -s n -l namespace -d 'Its namespace; that of the current context unless given' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand explain" -l at -d 'The decision in force at an instant, or so long ago (an RFC 3339 instant, or a duration such as 90s)' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand explain" -s o -l output -d 'How to print it' -r -f -a "json\t''
text\t''"
complete -c kubetick -n "__fish_kubetick_using_subcommand explain" -l all -d 'Every decision that is remembered, oldest first'
complete -c kubetick -n "__fish_kubetick_using_subcommand explain" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -l since -d 'From this instant on, or from so long ago (RFC 3339, or a duration such as 24h); from the first instance by default' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -l until -d 'Until this instant, or until so long ago; until now by default' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -l last -d 'The last 24h, or another duration' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -l price -d 'The price of a type in dollars an hour, instead of that of us-east-1: m5.large=0.118, or m5.large/spot=0.045' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -l spot-share -d 'What a spot instance costs, as a part of the price on demand' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -s o -l output -d 'How to print it' -r -f -a "json\t''
text\t''"
complete -c kubetick -n "__fish_kubetick_using_subcommand cost" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand timeline" -s n -l namespace -d 'Only this namespace' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand timeline" -l for -d 'Only events about this object: KIND/NAME, for example hpa/php-apache' -r
complete -c kubetick -n "__fish_kubetick_using_subcommand timeline" -s o -l output -d 'As a JSON array' -r -f -a "json\t''
text\t''"
complete -c kubetick -n "__fish_kubetick_using_subcommand timeline" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand activate" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand completions" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand man" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand kubectl" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand aws" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand eksctl" -s h -l help -d 'Print help'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "demo" -d 'Run a built-in walkthrough and narrate it'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "tick" -d 'Let time pass for the cluster, and tell what happened'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "clock" -d 'Show or change the clock: its instant and how it moves'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "cluster" -d 'Make, choose, copy, export and remove clusters'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "load" -d 'Set, show, clear and import demand on workloads'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "fault" -d 'Make nodes, pods and availability zones fail, for a while'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "explain" -d 'Why an autoscaler or the scheduler decided as it did: inputs, rules in order, result'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "cost" -d 'What the cluster\'s instances cost, by group and in all'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "timeline" -d 'All events of all components in one order'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "activate" -d 'Print the shell code that makes kubectl and friends mean kubetick in this shell'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "man" -d 'Print the manual page'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "kubectl" -d 'Run kubectl (the same as calling this program by the name kubectl)'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "aws" -d 'Run aws (the same as calling this program by the name aws)'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "eksctl" -d 'Run eksctl (the same as calling this program by the name eksctl)'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and not __fish_seen_subcommand_from demo tick clock cluster load fault explain cost timeline activate completions man kubectl aws eksctl help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from clock" -f -a "show" -d 'Print the instant and the mode'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from clock" -f -a "set" -d 'Change the mode: manual, step=DUR, real or real=SPEED; or move the clock forward to an instant'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "create" -d 'Make a cluster: from an eksctl ClusterConfig, or a small one'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "list" -d 'List the clusters'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "use" -d 'Make a cluster the current one'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "delete" -d 'Remove a cluster'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "reset" -d 'Start a cluster anew from the configuration it was made of'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "fork" -d 'Copy the current cluster, clock and all, under a new name'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "export" -d 'Write the current cluster as a YAML list of objects'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "import" -d 'Make a cluster from an export, or from `kubectl get ... -o json` of a real one'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from load" -f -a "set" -d 'Set the demand on a workload from now on, as steps or slopes over time'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from load" -f -a "clear" -d 'Take demand off a workload, or off all of them'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from load" -f -a "show" -d 'List what is set, and what it asks for now'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from load" -f -a "import" -d 'Set the demand on a workload from a file: CSV, or an answer of Prometheus to query_range'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from fault" -f -a "list" -d 'List what fails, and until when'
complete -c kubetick -n "__fish_kubetick_using_subcommand help; and __fish_seen_subcommand_from fault" -f -a "clear" -d 'End faults before their time'
