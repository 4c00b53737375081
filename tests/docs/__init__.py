"""What the pages of the documentation and the README show is what happens."""
