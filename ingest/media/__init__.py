"""What a recording is, told from its bytes: kind, codec, size, time, place, and honestly what is wrong with it."""
