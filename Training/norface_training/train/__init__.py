"""Training in stages that resume: one configuration file a run."""
