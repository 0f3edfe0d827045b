"""The product-catalogue API that the handbook teaches on: a Django project that is read line by line."""
