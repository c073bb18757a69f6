"""Where the shards of a study are run."""
