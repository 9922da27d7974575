//! What any daemon of ours needs: HTTP server, readiness, reload, logging, own metrics.
