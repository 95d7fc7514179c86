"""What is told by webhook and mail after a run, and the triggers that a request declares beforehand."""
