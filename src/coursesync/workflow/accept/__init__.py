"""Live values taken over into the manifests."""
