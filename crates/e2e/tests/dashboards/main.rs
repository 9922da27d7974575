//! The dashboards of `grafana/`: well-formed, asking only for what there is, leading only to what there is, and, over a month
//! of made-up series that the shipped rules have been evaluated on, all of them with something to show.

mod data;
mod form;
mod world;
