//! The flags every kubectl command takes.

use super::Flag;

/// kubectl's global flags.
pub(crate) const GLOBAL: &[Flag] = &[
    Flag::string("namespace", "").short('n'),
    Flag::string("context", ""),
    Flag::string("cluster", ""),
    Flag::string("user", ""),
    Flag::string("kubeconfig", ""),
    Flag::string("server", "").short('s'),
    Flag::string("token", ""),
    Flag::string("username", ""),
    Flag::string("password", ""),
    Flag::string("as", ""),
    Flag::array("as-group"),
    Flag::string("as-uid", ""),
    Flag::array("as-user-extra"),
    Flag::string("cache-dir", ""),
    Flag::string("certificate-authority", ""),
    Flag::string("client-certificate", ""),
    Flag::string("client-key", ""),
    Flag::string("tls-server-name", ""),
    Flag::bool("insecure-skip-tls-verify"),
    Flag::bool("disable-compression"),
    Flag::bool("match-server-version"),
    Flag::bool("warnings-as-errors"),
    Flag::string("request-timeout", "0"),
    Flag::string("profile", "none"),
    Flag::string("profile-output", "profile.pprof"),
    Flag::string("kuberc", ""),
    Flag::int("v", "0").short('v'),
    Flag::string("vmodule", ""),
    Flag::duration("log-flush-frequency", "5s"),
    Flag::bool("help").short('h'),
];
