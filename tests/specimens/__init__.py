"""An app of the test settings only: models with every kind of sealed field, where the product has no such pair yet."""
