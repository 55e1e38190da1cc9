//! kubectl: the same commands, flags, output, errors and exit statuses as the real client.

pub(crate) mod flags;
