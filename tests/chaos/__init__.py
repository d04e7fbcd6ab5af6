"""An outside loop: real processes, killed at random moments, among faults everywhere; then a judgement from outside."""
