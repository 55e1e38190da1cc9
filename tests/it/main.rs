//! The one integration-test binary; a module a topic.

mod controllers;
mod explain_hpa;
mod vectors;
mod walkthroughs;
