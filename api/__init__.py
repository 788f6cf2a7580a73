"""Access: every face of Zhilu (command line, HTTP, web) and the one place that wires the rest together."""
