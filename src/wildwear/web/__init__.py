"""What every page that this machine serves to itself shares: loopback, guards, headers."""
