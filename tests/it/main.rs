//! The one integration-test binary; a module a topic.

mod explain_hpa;
mod vectors;
mod walkthroughs;
