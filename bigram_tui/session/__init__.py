"""What the panes share: the dataset, the training run, the drawn names."""
