"""What the command line prints: findings, a cohort at a glance, the answers of a published report, certificates."""
