"""One canonical layout of manifests, comments kept; the text is rearranged, never dumped anew."""
