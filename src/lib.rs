//! kubetick: a virtual EKS cluster in a file, whose clock you own.
//!
//! Floors, lowest first; a module uses only floors below its own:
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 | [`machinery`] | values, objects, time, quantities, selectors, patches, YAML |
//! | 1 | [`store`] | the cluster's file: objects, change log, agenda, logs |
//! | 2 | [`api`] | the API server: the one door to cluster objects |
//! | 2 | [`aws`] | the AWS side of the world: services behind one door |
//! | 2 | [`catalog`] | what the world holds beside clusters: instance types, images, manifests, the content of new clusters |
//! | 3 | [`actors`] | everything that acts over time: controllers, kubelets, programs |
//! | 4 | [`sim`] | the engine: virtual clock, agenda, tick |
//! | 5 | [`render`] | text out: tables, describe, printers |
//! | 6 | [`cli`] | the commands |

pub mod actors;
pub mod api;
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod machinery;
pub mod render;
pub mod sim;
pub mod store;
