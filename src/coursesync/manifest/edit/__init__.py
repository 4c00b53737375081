"""Values written into manifests, and not a byte besides."""
