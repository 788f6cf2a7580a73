"""Breaking what Zhilu stands on, on purpose and by a seed, and judging by the engines what became of every file."""
