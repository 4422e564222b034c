"""The API for machines, under `/api/v1`: one module per resource; `openapi.py` writes its document from the routes."""
