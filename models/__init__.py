"""What learns and judges: Newton-Raphson regression, baselines, evidence rules, evaluation."""
