"""What follows once a recording is secured: described, made playable, fingerprinted, matched, put in its manifest."""
