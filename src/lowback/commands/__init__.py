"""The commands of `lowback`, a module each: each takes what was typed, calls, prints, and ends with an exit code."""
