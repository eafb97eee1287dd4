"""What our projects share: `extend = "acme_standards:wbcheck.toml"`."""
