"""Results beside each other, and the page of them."""
