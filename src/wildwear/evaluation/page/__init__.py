"""An evaluation on one page: figures in sentences, mistakes to look at, labels to doubt."""
