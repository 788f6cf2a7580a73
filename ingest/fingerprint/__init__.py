"""Which recording, and where in it, does a clip come from: perceptual fingerprints of video and their index."""
