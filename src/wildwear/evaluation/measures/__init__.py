"""How good predictions are: matching, curves, COCO's averages, thresholds."""
