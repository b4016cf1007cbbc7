"""What is deployed: a module for each cloud that builds the packages of its functions."""
