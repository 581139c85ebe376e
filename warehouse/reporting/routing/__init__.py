"""Parts of the routing page: sums out of the store, empty charts, and scripts that add up."""
