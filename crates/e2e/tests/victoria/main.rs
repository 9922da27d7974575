//! With a real VictoriaMetrics: series on their way into it, and what the classifier makes of those in it.

mod analytics;
mod scrape;
