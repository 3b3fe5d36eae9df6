"""How garments are written down: pictures photo by photo, documents over a whole run."""
