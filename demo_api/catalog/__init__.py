"""The product catalogue: categories in a tree, products with stock, and reservations that hold stock for a while."""
