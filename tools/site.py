"""What MkDocs cannot do alone: put the player and the recording of the demo into the site."""
